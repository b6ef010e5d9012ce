import type { IncomingMessage } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { CallContext, DataRequest } from '../../../proto/index.ts'
import type { Hold } from '../byte-budget.ts'
import { answerInfo } from './status.ts'

/** What yoga, its plugins and resolvers are given with each HTTP request. */
export interface Context {
  readonly req: IncomingMessage
  readonly session: Session
}

/** One HTTP request: what its calls have in common, and what they answered. */
export class Session {
  readonly call: CallContext
  /** Counts its bytes. */
  readonly hold: Hold
  #answers: Record<string, object> | undefined

  constructor(call: CallContext, hold: Hold) {
    this.call = call
    this.hold = hold
  }

  /** Keeps what an answer says beside its documents. */
  answered(field: string | number, answer: DataRequest): void {
    this.#answers = { ...this.#answers, [field]: answerInfo(answer) }
  }

  /** What was answered since this was last asked, by the field's name in the response; undefined for nothing. */
  takeAnswers(): Record<string, object> | undefined {
    const answers = this.#answers
    this.#answers = undefined
    return answers
  }
}

/** Puts what answers say beside their documents into `extensions`, by the field's name in the response. */
export function answers(): Plugin<Context> {
  return {
    onExecute: ({ args: { contextValue } }) => ({
      onExecuteDone({ result, setResult }) {
        if (!isAsyncIterable(result)) setResult(extended(result, contextValue))
      },
    }),
    onSubscribe: ({ args: { contextValue } }) => ({
      onSubscribeResult: () => ({
        onNext({ result, setResult }) {
          if (!isAsyncIterable(result)) setResult(extended(result, contextValue))
        },
      }),
    }),
  }
}

function extended(result: ExecutionResult, { session }: Context): ExecutionResult {
  const told = session.takeAnswers()
  return told ? { ...result, extensions: { ...result.extensions, ...told } } : result
}
