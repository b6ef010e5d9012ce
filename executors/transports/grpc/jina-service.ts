import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js'
import { jina } from '../../../proto/gen/messages.js'
import * as rpc from '../../../proto/grpc/index.ts'
import {
  CallContext,
  DataRequest,
  DocumentArray,
  decodeRequest,
  decodeRequests,
  FlowError,
  FRAME_VERSION,
  orCancelled,
  statusOfError,
} from '../../../proto/index.ts'
import { processInfo } from '../../../proto/info.ts'
import { InFlight } from '../in-flight.ts'
import type { Served } from '../transport.ts'
import { grpcStatus } from './errors.ts'
import { FRAMES_KEY } from './meet.ts'

type Unary = handleUnaryCall<Buffer, Buffer>
type Stream = ServerDuplexStream<Buffer, Buffer>

/** The RPCs of an executor of Jina's, for gateways of Jina's and whoever else speaks them. */
export class JinaService {
  readonly #served: Served
  readonly #inFlight = new InFlight()
  #stopping: FlowError | undefined

  constructor(served: Served) {
    this.#served = served
  }

  addTo(server: Server): void {
    const endpoints = jina.EndpointsProto.encode({ endpoints: [...this.#served.endpoints] }).finish()
    const info = jina.JinaInfoProto.encode(processInfo({ [FRAMES_KEY]: String(FRAME_VERSION) })).finish()
    const unary = ({ method, ...others }: rpc.Rpc, handler: Unary) =>
      server.addService(rpc.definitionOf({ method, ...others }), { [method]: handler })
    unary(rpc.SINGLE, (call, callback) => this.#reply(call, () => decodeRequest(call.request), callback))
    unary(rpc.LIST, (call, callback) => this.#reply(call, () => joined(call.request), callback))
    unary(rpc.ENDPOINTS, (_, callback) => callback(null, rpc.toBuffer(endpoints)))
    unary(rpc.INFO, (_, callback) => callback(null, rpc.toBuffer(info)))
    // not listed: for those who probe
    unary(rpc.DRY_RUN, (call, callback) => this.#dryRun(call, callback))
    const stream: handleBidiStreamingCall<Buffer, Buffer> = (call) => this.#stream(call)
    server.addService(rpc.definitionOf(rpc.CALL), { [rpc.CALL.method]: stream })
  }

  /** Takes nothing new, and resolves when what runs is answered. */
  async drain(stopping: FlowError): Promise<void> {
    this.#stopping ??= stopping
    await this.#inFlight.idle()
  }

  close(stopped: FlowError): void {
    this.#stopping = stopped
    this.#inFlight.rejectAll(stopped)
  }

  #reply(call: ServerUnaryCall<Buffer, Buffer>, read: () => DataRequest, callback: Parameters<Unary>[1]): void {
    this.#answer(read, contextOf(call))
      .then((answer) => callback(null, rpc.encode(answer), trailerOf(answer)))
      .catch((error) => callback(grpcStatus(FlowError.from(error))))
  }

  /** Requests of one stream run one after the other, as with Jina's executors. */
  #stream(stream: Stream): void {
    const context = contextOf(stream)
    const write = async (answer: DataRequest): Promise<void> => {
      if (stream.cancelled || stream.write(rpc.encode(answer))) return
      await orCancelled(context, new Promise((resolve) => stream.once('drain', resolve)))
    }
    let last = Promise.resolve()
    stream.on('data', (bytes: Buffer) => {
      stream.pause()
      last = last
        .then(() => this.#answerInParts(() => decodeRequest(bytes), context, write))
        .then(write)
        .catch((error) => void stream.emit('error', grpcStatus(FlowError.from(error))))
        .then(() => void stream.resume())
    })
    stream.on('end', () => last.then(() => stream.end()))
    stream.on('error', () => context.cancel())
  }

  async #answerInParts(
    read: () => DataRequest,
    context: CallContext,
    write: (part: DataRequest) => Promise<void>,
  ): Promise<DataRequest> {
    const request = read()
    let part = 0
    const emit = (docs: DataRequest) => write(docs.with({ header: { ...docs.header, part: part++ } }))
    const { deadline, metadata, caller } = context
    const call = new CallContext({
      ...{ deadline, metadata, caller, parent: context },
      emit: request.header.parts ? emit : undefined,
    })
    return this.#answer(() => request, call).finally(() => call.release())
  }

  #dryRun(call: ServerUnaryCall<Buffer, Buffer>, callback: Parameters<Unary>[1]): void {
    const probe = () => new DataRequest({ header: { execEndpoint: '_jina_dry_run_' }, docs: new DocumentArray() })
    this.#answer(probe, contextOf(call))
      .then(
        ({ status }) => status ?? {},
        (error) => statusOfError(FlowError.from(error)),
      )
      .then((status) => callback(null, rpc.toBuffer(jina.StatusProto.encode(status as jina.IStatusProto).finish())))
  }

  /** An answer as an executor of Jina's gives it: a refusal is told in the status too, but for those that a gateway acts on. */
  async #answer(read: () => DataRequest, call: CallContext): Promise<DataRequest> {
    if (this.#stopping) throw this.#stopping
    const request = read()
    try {
      const answer = await this.#inFlight.run(call, async () => this.#served.handler(request, call))
      return answer.failed || !this.#serves(request) ? answer : this.#signed(answer)
    } catch (error) {
      const refusal = FlowError.from(error)
      if (gatewayActsOn(refusal)) throw refusal
      return request.with({ header: { ...request.header, status: statusOfError(refusal) } })
    }
  }

  #serves({ header }: DataRequest): boolean {
    const { endpoints } = this.#served
    return endpoints.includes(header.execEndpoint ?? '') || endpoints.includes('/default')
  }

  /** Jina's executors tell by a route without times whose documents these are. */
  #signed(answer: DataRequest): DataRequest {
    return answer.with({ routes: [...answer.routes, { executor: this.#served.name ?? 'executor' }] })
  }
}

function contextOf(call: ServerUnaryCall<Buffer, Buffer> | Stream): CallContext {
  const peer = call.getPeer()
  const context = rpc.contextOf(call, { id: peer, address: peer })
  call.on('cancelled', () => context.cancel())
  return context
}

/** What makes a gateway of Jina's stop the chain. */
function trailerOf(answer: DataRequest): Metadata | undefined {
  if (!answer.failed) return undefined
  const trailer = new Metadata()
  trailer.set('is-error', 'true')
  return trailer
}

/** Who hears one of these tries another replica, or has stopped waiting. INTERNAL never: a gateway of Jina's trips over it. */
function gatewayActsOn({ codeName }: FlowError): boolean {
  return codeName === 'UNAVAILABLE' || codeName === 'DEADLINE_EXCEEDED' || codeName === 'CANCELLED'
}

/** Several requests as one: header and parameters of the first, the documents of all. */
function joined(bytes: Uint8Array): DataRequest {
  const requests = decodeRequests(bytes)
  const [first] = requests
  if (!first) throw new FlowError('INVALID_ARGUMENT', 'a list of no requests')
  if (requests.length === 1) return first
  return first.with({ docs: new DocumentArray(requests.flatMap((request) => [...request.ownDocs()])) })
}
