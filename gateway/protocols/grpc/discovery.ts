import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation } from 'grpc-health-check'

const JINA = ['jina.JinaGatewayDryRunRPC', 'jina.JinaInfoRPC', 'jina.JinaRPC', 'jina.JinaSingleDataRequestRPC']
const REFLECTION = 'grpc.reflection.v1alpha.ServerReflection'

/**
 * Reflection v1alpha and health. A real Jina gateway that uses this one as an executor fails on any name it does not know,
 * so reflection lists these five and no others (health and reflection v1 among them).
 */
export function addDiscovery(server: Server): HealthImplementation {
  const reflection = new ReflectionService(packageDefinition(), { services: [...JINA, REFLECTION] })
  reflection.addToServer(onlyV1Alpha(server))
  const health = new HealthImplementation()
  setHealth(health, 'SERVING')
  health.addToServer(server)
  return health
}

export function setHealth(health: HealthImplementation, status: 'SERVING' | 'NOT_SERVING'): void {
  for (const service of ['', ...JINA, REFLECTION]) health.setStatus(service, status)
}

// the library offers v1 and v1alpha together
function onlyV1Alpha(server: Server): Server {
  const addService: Server['addService'] = (definition, implementation) => {
    const isV1Alpha = Object.values(definition).some(({ path }) => path.startsWith(`/${REFLECTION}/`))
    if (isV1Alpha) server.addService(definition, implementation)
  }
  return { addService } as Server
}

function packageDefinition() {
  const proto = join(dirname(fileURLToPath(import.meta.url)), '../../../proto')
  const library = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'))
  const includeDirs = [proto, join(library, 'build/proto')]
  return loadSync(['jina.proto', 'grpc/reflection/v1alpha/reflection.proto'], { includeDirs, keepCase: true })
}
