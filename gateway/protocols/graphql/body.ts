import type { Plugin } from 'graphql-yoga'
import { readBody } from '../body.ts'
import { HttpError } from '../http-error.ts'
import type { Context } from './session.ts'
import { badBody } from './status.ts'

/** Reads bodies as the rest of the gateway does: limited, decompressed, counted. What is in them is yoga's to read. */
export function bodies(maxBytes: number): Plugin<Context, Context> {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI, serverContext: { req, session } }) {
      if (!requestParser || request.method === 'GET') return
      setRequestParser(async () => {
        const body = await readBody(req, maxBytes, session.hold).catch((error) => {
          throw error instanceof HttpError ? badBody(error) : error
        })
        const { url, method, headers } = request
        return requestParser(new fetchAPI.Request(url, { method, headers, body: body as Uint8Array<ArrayBuffer> }))
      })
    },
  }
}
