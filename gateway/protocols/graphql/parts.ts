import { Repeater } from 'graphql-yoga'
import { type Call, CallContext, type DataRequest, type Handler } from '../../../proto/index.ts'

/**
 * The parts of an answer, each when it comes and the consumer wants it, and then the answer itself where it still has something to
 * say. A consumer that leaves cancels the call.
 * @param rejected - throws what the consumer is told of a rejection
 */
export function parts(
  handler: Handler,
  request: DataRequest,
  parent: Call,
  rejected: (error: unknown) => never,
): AsyncIterableIterator<DataRequest> {
  return new Repeater<DataRequest>(async (push, stop) => {
    const { deadline, metadata, caller } = parent
    const emit = async (part: DataRequest) => {
      await push(part)
    }
    const call = new CallContext({ deadline, metadata, caller, emit, parent })
    stop.then(() => call.cancel())
    try {
      const answer = await handler(request, call)
      if (answer.failed || (answer.hasDocs && answer.docs.length > 0)) await push(answer)
    } catch (error) {
      rejected(error)
    } finally {
      call.release()
      stop()
    }
  })
}
