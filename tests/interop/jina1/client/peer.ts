import type {
  Client,
  ClientProtocolName,
  DataRequest,
  Document,
  Inputs,
  PostOptions,
} from '../../../../client/index.ts'

type Options = Omit<PostOptions, 'onDone' | 'onError' | 'onAlways' | 'returnResponses'>

/** Our client and the real Jina that it talks to, which runs while tests do. */
export class Peer {
  readonly protocol: ClientProtocolName
  client!: Client

  constructor(protocol: ClientProtocolName) {
    this.protocol = protocol
  }

  /** The responses, of failed requests too. */
  responses(on: string, inputs?: Inputs, options: Options = {}): Promise<DataRequest[]> {
    return this.client.post(on, inputs, { continueOnError: true, ...options, returnResponses: true })
  }

  /** The only response. */
  async response(on: string, inputs?: Inputs, options: Options = {}): Promise<DataRequest> {
    const [response, ...others] = await this.responses(on, inputs, options)
    if (!response || others.length > 0) throw new Error(`${others.length + 1} responses instead of one`)
    return response
  }

  /** The first document that comes back. */
  async one(on: string, input: Inputs, options: Options = {}): Promise<Document> {
    const [document] = await this.client.post(on, input, options)
    if (!document) throw new Error('no document came back')
    return document
  }
}
