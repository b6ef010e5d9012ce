import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { createSchema, createYoga } from 'graphql-yoga'
import { typeDefs } from '../gateway/protocols/graphql/schema.ts'

// The floor of GraphQL: the library and our schema, in which the mutation that the load generator sends echoes. --port N

interface Asked {
  readonly data: readonly object[]
}

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
const schema = createSchema({ typeDefs, resolvers: { Mutation: { docs: (_: unknown, { data }: Asked) => data } } })
const yoga = createYoga({ schema, logging: false, graphiql: false, landingPage: false })
const server = createServer((request, response) => {
  yoga(request, response)
})
server.keepAliveTimeout = 60_000
server.listen(Number(values.port), '127.0.0.1', () => console.log('READY', process.pid))
