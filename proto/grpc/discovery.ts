import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation } from 'grpc-health-check'

type Server = Parameters<ReflectionService['addToServer']>[0]

const REFLECTION = 'grpc.reflection.v1alpha.ServerReflection'

/** How well a server is, by the names of its services; without one, as a whole. */
export interface Health {
  set(status: 'SERVING' | 'NOT_SERVING'): void
}

/**
 * Reflection v1alpha and health. A real Jina gateway that uses the server as an executor fails on any name it does not know, so
 * reflection lists these services and itself, and no others (health and reflection v1 among them).
 * @param services - of Jina's, by their names
 */
export function addDiscovery(server: Server, services: readonly string[]): Health {
  const reflection = new ReflectionService(packageDefinition(), { services: [...services, REFLECTION] })
  reflection.addToServer(onlyV1Alpha(server))
  const health = new HealthImplementation()
  const set: Health['set'] = (status) => {
    for (const service of ['', ...services, REFLECTION]) health.setStatus(service, status)
  }
  set('SERVING')
  health.addToServer(server)
  return { set }
}

// the library offers v1 and v1alpha together
function onlyV1Alpha(server: Server): Server {
  const addService: Server['addService'] = (definition, implementation) => {
    const isV1Alpha = Object.values(definition).some(({ path }) => path.startsWith(`/${REFLECTION}/`))
    if (isV1Alpha) server.addService(definition, implementation)
  }
  return { addService }
}

/** What is asked of reflection, and read. */
export interface ReflectionMethod {
  readonly path: string
  /** The question which services there are. */
  readonly listServices: Buffer
  /** Their names. */
  namesIn(answer: Buffer): string[]
}

interface ListAnswer {
  list_services_response?: { service?: { name: string }[] }
}

/** Reflection as a client asks it. */
export function reflectionMethod(): ReflectionMethod {
  const service = packageDefinition()[REFLECTION] as ServiceDefinition
  const { path, requestSerialize, responseDeserialize } = service.ServerReflectionInfo as ServiceDefinition[string]
  return {
    path,
    listServices: requestSerialize({ list_services: '' }),
    namesIn(answer) {
      const { list_services_response: list } = responseDeserialize(answer) as ListAnswer
      return (list?.service ?? []).map(({ name }) => name)
    },
  }
}

let definition: PackageDefinition | undefined

function packageDefinition(): PackageDefinition {
  const proto = join(dirname(fileURLToPath(import.meta.url)), '..')
  const library = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'))
  const includeDirs = [proto, join(library, 'build/proto')]
  definition ??= loadSync(['jina.proto', 'grpc/reflection/v1alpha/reflection.proto'], { includeDirs, keepCase: true })
  return definition
}
