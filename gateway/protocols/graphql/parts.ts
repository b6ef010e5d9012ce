import { Repeater } from 'graphql-yoga'
import { type Call, CallContext, type DataRequest, errorOfStatus, type Handler } from '../../../proto/index.ts'

/** What a subscription is given: a part of the answer or, at its end, why there is no more. */
export type Event = { readonly part: DataRequest } | { readonly error: unknown }

/**
 * The parts of an answer, each when it comes and the consumer wants it, and then the answer itself where it still has something to
 * say. A consumer that leaves cancels the call.
 */
export function parts(handler: Handler, request: DataRequest, parent: Call): AsyncIterableIterator<Event> {
  return new Repeater<Event>(async (push, stop) => {
    const { deadline, metadata, caller } = parent
    const emit = async (part: DataRequest) => {
      await push({ part })
    }
    const call = new CallContext({ deadline, metadata, caller, emit, parent })
    stop.then(() => call.cancel())
    try {
      const answer = await handler(request, call)
      if (answer.failed && answer.status) throw errorOfStatus(answer.status)
      if (answer.docs.length > 0) await push({ part: answer })
    } catch (error) {
      await push({ error })
    } finally {
      call.release()
      stop()
    }
  })
}
