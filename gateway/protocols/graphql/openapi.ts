const parameters = {
  query: { type: 'string' },
  variables: { type: ['object', 'null'] },
  operationName: { type: ['string', 'null'] },
}

const text = { type: 'string' }
const json = (schema: object) => ({ 'application/json': { schema } })
const tags = ['GraphQL']
const answered = {
  description: 'Data, or errors that say where the query is wrong',
  content: json({ type: 'object' }),
}

/** What `/graphql` answers, in OpenAPI's words. */
export const operations = {
  get: {
    tags,
    summary: 'Run a query; without one, GraphiQL for browsers',
    operationId: 'graphql_get',
    // in a URL, variables are JSON text
    parameters: Object.keys(parameters).map((name) => ({ name, in: 'query', schema: text })),
    responses: { 200: { ...answered, content: { ...answered.content, 'text/html': { schema: text } } } },
  },
  post: {
    tags,
    summary: 'Run a query or a mutation',
    operationId: 'graphql_post',
    requestBody: {
      required: true,
      content: json({ type: 'object', required: ['query'], properties: parameters }),
    },
    responses: { 200: answered },
  },
}
