import { stringify } from 'yaml'
import type { CompiledDeployment } from '../options.ts'
import { besideOf, type Part, shardOf } from '../parts.ts'
import type { FlowDescription } from './description.ts'

/** What a flow does not say of its containers. */
export interface ComposeOptions {
  /** The flow's file, as seen from the working directory of the containers. */
  readonly file: string
  /** Holds Sluice, as the command `sluice`, and the flow's folder. */
  readonly image: string
  /** The flow's folder in the image. */
  readonly workdir: string
  /** Folder of a Dockerfile that makes the image; none: it is there already. */
  readonly build?: string | undefined
  /** Environment variables that the flow's file reads. */
  readonly variables?: readonly string[]
}

const REDIS = 'redis://redis:6379'

const HEALTH = { interval: '5s', timeout: '10s', retries: 3, start_period: '30s' }

/**
 * A docker-compose.yml that runs the flow with Redis, its gateway and a service for each deployment, or each of its shards.
 * @throws {FlowError} UNIMPLEMENTED for a deployment with executors before or after its shards
 */
export function dockerCompose(flow: FlowDescription, options: ComposeOptions): string {
  const ours = flow.deployments.filter(({ external }) => !external)
  const services = {
    redis: {
      image: 'redis:7-alpine',
      // keeps every write, and throws none away when memory is short
      command: ['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
      restart: 'unless-stopped',
      volumes: ['redis:/data'],
      healthcheck: { test: ['CMD', 'redis-cli', 'ping'], ...HEALTH },
    },
    gateway: gatewayService(flow, options),
    ...Object.fromEntries(ours.flatMap((deployment) => executorServices(deployment, options))),
  }
  // Compose reads YAML 1.1, where `yes` is true
  const written = stringify(
    { services, volumes: { redis: {} } },
    { lineWidth: 120, aliasDuplicateObjects: false, version: '1.1' },
  )
  return `${heading(flow, options)}\n${written}`
}

function heading({ deployments }: FlowDescription, { file, image, build }: ComposeOptions): string {
  const elsewhere = deployments.filter(({ external }) => external).map(({ name }) => name)
  const lines = [
    `The flow of ${file} in containers, made by \`sluice export docker-compose\`. docker compose up --wait`,
    ...(build === undefined ? [`The image ${image} has the command sluice and the folder of the flow.`] : []),
    ...(elsewhere.length > 0
      ? [`Runs elsewhere: ${elsewhere.join(', ')}. In a container, localhost is the container itself.`]
      : []),
  ]
  return lines.map((line) => `# ${line}\n`).join('')
}

/** What all containers of ours have. */
function serviceOf({ file: _, image, workdir, build, variables = [] }: ComposeOptions) {
  return {
    image,
    ...(build !== undefined && { build }),
    working_dir: workdir,
    // a process 1 that hands signals on
    init: true,
    restart: 'unless-stopped',
    // longer than Sluice takes to finish what runs
    stop_grace_period: '40s',
    depends_on: { redis: { condition: 'service_healthy' } },
    environment: {
      ...Object.fromEntries(variables.map((name) => [name, `\${${name}:?the flow reads it}`])),
      REDIS_URL: REDIS,
    },
  }
}

function gatewayService(flow: FlowDescription, options: ComposeOptions) {
  const { own, said } = portsOf(flow.options)
  const published = [...new Set(own.map(({ port }) => port))]
  const test = healthOf(flow.options, own)
  return {
    ...serviceOf(options),
    command: ['sluice', 'gateway', options.file, '--redis', REDIS, ...(said ? [] : ['--port', ...own.map(textOfPort)])],
    ports: published.map((port) => `${port}:${port}`),
    ...(test && { healthcheck: { test, ...HEALTH } }),
  }
}

interface ProtocolPort {
  readonly protocol: string
  readonly port: number
}

const textOfPort = ({ port }: ProtocolPort) => String(port)

/** A container's ports are known before it starts: free ones that the flow asks for are these. */
function portsOf({ protocol, port }: FlowDescription['options']): { own: ProtocolPort[]; said: boolean } {
  const given = [port].flat()
  const own = [protocol].flat().map((name, i) => {
    const asked = (given.length > 1 ? given[i] : given[0]) ?? 0
    return { protocol: name, port: asked || (name === 'grpc' ? 50051 : 8080) }
  })
  return { own, said: !given.includes(0) }
}

// with TLS, a health check would have to trust the certificate; with auth, it would have to have a token: probes ask for none
function healthOf({ tls, auth }: FlowDescription['options'], own: readonly ProtocolPort[]): string[] | undefined {
  if (tls) return undefined
  const web = own.find(({ protocol }) => protocol !== 'grpc')
  if (auth && !web) return undefined
  if (auth) {
    const asked = `fetch('http://127.0.0.1:${web?.port}/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
    return ['CMD', 'node', '-e', asked]
  }
  const http = own.find(({ protocol }) => protocol === 'http') ?? own.find(({ protocol }) => protocol === 'grpc')
  const schemes: Readonly<Record<string, string>> = { http: 'http', grpc: 'grpc' }
  const { protocol, port } = http ?? (web as ProtocolPort)
  return ['CMD', 'sluice', 'ping', `${schemes[protocol] ?? 'ws'}://127.0.0.1:${port}`]
}

function executorServices(deployment: CompiledDeployment, options: ComposeOptions): [string, object][] {
  const { name, shards } = deployment
  const service = ({ address, replicas }: Part, ...which: string[]): [string, object] => [
    serviceName(address),
    {
      ...serviceOf(options),
      command: ['sluice', 'executor', '--flow', options.file, '--name', name, ...which],
      ...(replicas > 1 && { deploy: { replicas } }),
      // well if the one in this container is at its queue
      healthcheck: { test: ['CMD', 'sluice', 'ping', '--name', address], ...HEALTH },
    },
  ]
  if (shards === 1) return [service(shardOf(deployment))]
  const beside = (['uses_before', 'uses_after'] as const).flatMap((kind) => {
    const part = besideOf(deployment, kind)
    return part ? [service(part, '--part', kind)] : []
  })
  const each = Array.from({ length: shards }, (_, shard) => service(shardOf(deployment, shard), '--shard', `${shard}`))
  return [...each, ...beside]
}

/** Names of services are letters of English, digits and a few signs; those of deployments are of any language. */
function serviceName(name: string): string {
  const plain = name.replace(/[^\w.-]/g, (letter) => `u${letter.codePointAt(0)?.toString(16)}`)
  return ['redis', 'gateway'].includes(plain) ? `executor-${plain}` : plain
}
