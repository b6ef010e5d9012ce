import { type SerializeOptions, serialize } from 'cookie'
import { type DocumentArray, encodeValue, type JsonValue, type ResponseInfo } from '../../proto/index.ts'
import { type Context, RunContext } from '../context.ts'

/** What the method of a typed endpoint gets beside its arguments. */
export interface ApiContext extends Context {
  /** What HTTP says beside the result. Of a stream, what was set before the first item. */
  readonly response: ApiResponse
  /**
   * Says how far it is, for who asks for the status of a task. It resolves when that was taken, and does nothing where nobody wants it.
   * @param value - whatever JSON can say, such as `0.5` or `{ page: 3, of: 10 }`; the last one stands
   */
  progress(value: JsonValue): Promise<void>
}

/** Status, headers and cookies of an answer; other protocols pass over them. */
export class ApiResponse {
  /** Range: 200–599. @default 200 */
  status: number | undefined
  /** A `content-type` given here wins over what the result's kind says. */
  readonly headers = new Headers()
  /** After how many milliseconds the caller may come again. */
  retryAfterMs: number | undefined

  /**
   * Adds a cookie.
   * @param options - @default path `/`, `SameSite=Lax`
   */
  setCookie(name: string, value: string, options: SerializeOptions = {}): void {
    this.headers.append('set-cookie', serialize(name, value, { path: '/', sameSite: 'lax', ...options }))
  }

  /** @internal What of it goes along with the answer, if there is anything to say. */
  get info(): ResponseInfo | undefined {
    const { status, retryAfterMs } = this
    const headers = [...this.headers].map(([name, value]) => ({ name, value }))
    if (status === undefined && retryAfterMs === undefined && headers.length === 0) return undefined
    return {
      ...(status !== undefined && { status }),
      ...(headers.length > 0 && { headers }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  }
}

/** @internal */
export class RunApiContext extends RunContext implements ApiContext {
  #response: ApiResponse | undefined
  /** Takes what {@link progress} says. */
  report: ((docs: DocumentArray) => Promise<void>) | undefined

  get response(): ApiResponse {
    this.#response ??= new ApiResponse()
    return this.#response
  }

  async progress(value: JsonValue): Promise<void> {
    await this.report?.(encodeValue(value))
  }

  /** What the method said of its answer. */
  get responseInfo(): ResponseInfo | undefined {
    return this.#response?.info
  }
}
