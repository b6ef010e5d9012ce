import { checkedName, type DataRequest, FlowError, type Interceptor, turnOf, whenCancelled } from '../proto/index.ts'
import { FairQueue } from './fair-queue.ts'

export interface LimitOptions {
  /** Name of the deployment, for errors. */
  executor: string
  /** Requests that run at once. */
  concurrency: number
  /** Requests that wait for their turn; more are refused. */
  maxQueued: number
}

export interface Limit extends Interceptor {
  /** How many run, and how many wait. */
  stats(): { running: number; queued: number }
}

/**
 * A bounded queue before an executor. Callers take turns. A request that is cancelled leaves the queue at once; one that runs keeps its
 * place until its executor has ended, whether or not somebody still waits for it.
 */
export function limit({ executor, concurrency, maxQueued }: LimitOptions): Limit {
  const queue = new FairQueue<() => void>()
  let running = 0

  const interceptor: Interceptor = (next) => {
    const run: typeof next = (request, call) => {
      running++
      const answer = next(request, call)
      answer.then(ended, ended)
      return answer
    }
    const ended = () => {
      running--
      queue.shift()?.()
    }
    const refused = ({ header }: DataRequest): FlowError =>
      new FlowError('RESOURCE_EXHAUSTED', `${running} requests run and ${queue.size} wait (maxQueued)`, {
        executor,
        endpoint: header.execEndpoint,
        requestId: header.requestId,
        hint: 'Try again later, or give the deployment more concurrency or replicas',
        retryAfterMs: 1000,
      })

    return (request, call) => {
      // it is done at once, and who asks for it is not to wait for what runs
      if (checkedName(request.header.execEndpoint ?? '') !== undefined) return next(request, call)
      if (running < concurrency) return run(request, call)
      if (queue.size >= maxQueued) return Promise.reject(refused(request))
      return new Promise((resolve, reject) => {
        const start = () => {
          leave()
          run(request, call).then(resolve, reject)
        }
        const remove = queue.push(turnOf(call.caller), start)
        const leave = whenCancelled(call, (reason) => {
          remove()
          reject(reason)
        })
      })
    }
  }
  return Object.assign(interceptor, { stats: () => ({ running, queued: queue.size }) })
}
