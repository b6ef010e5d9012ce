// JSON Schemas of Jina's HTTP bodies, for the OpenAPI page.

const orNull = (type: string, more: object = {}) => ({ type: [type, 'null'], ...more })
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const listOf = (name: string) => ({ type: ['array', 'null'], items: ref(name) })

const scores = { type: ['object', 'null'], additionalProperties: ref('Score') }
const tensor = { description: 'Nested lists of numbers', type: ['array', 'number', 'null'] }
// lists of lists must be of one length, which a schema cannot say
const givenTensor = {
  description: 'A number, or a list of numbers; such lists may be nested, those at one depth of one length',
  type: ['array', 'number', 'null'],
  items: { type: 'number' },
}
const uint32 = orNull('integer', { minimum: 0, maximum: 2 ** 32 - 1 })

export const documentSchema = {
  type: 'object',
  description: 'One document. Unset fields are null; text, blob and tensor exclude each other.',
  properties: {
    id: orNull('string', { description: '32 hex digits unless given' }),
    parent_id: orNull('string'),
    granularity: uint32,
    adjacency: uint32,
    blob: orNull('string', {
      contentEncoding: 'base64',
      pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
    }),
    tensor,
    mime_type: orNull('string'),
    text: orNull('string'),
    weight: orNull('number'),
    uri: orNull('string'),
    tags: orNull('object'),
    offset: orNull('number'),
    location: orNull('array', { items: { type: 'number' } }),
    embedding: tensor,
    modality: orNull('string'),
    evaluations: scores,
    scores,
    chunks: listOf('Document'),
    matches: listOf('Document'),
  },
  example: { text: 'hello, world!' },
}

/** As callers write it. */
export const givenDocumentSchema = {
  ...documentSchema,
  properties: {
    ...documentSchema.properties,
    tensor: givenTensor,
    embedding: givenTensor,
    chunks: listOf('GivenDocument'),
    matches: listOf('GivenDocument'),
  },
}

const endpointRequest = {
  data: {
    description: 'A list of documents, or an object with such a list at `docs`',
    oneOf: [
      { type: 'array', items: ref('GivenDocument') },
      {
        type: 'object',
        properties: { docs: { type: 'array', items: ref('GivenDocument') } },
        additionalProperties: { type: 'array' },
      },
      { type: 'null' },
    ],
  },
  targetExecutor: orNull('string', {
    description: "Regular expression at the start of executors' names; only those run",
    example: '',
  }),
  parameters: orNull('object', { description: '`name__key` is for the executor `name` alone', example: {} }),
}

export const schemas = {
  EndpointRequest: { type: 'object', properties: endpointRequest },
  PostRequest: {
    type: 'object',
    properties: { execEndpoint: { type: 'string', default: '/', example: '/search' }, ...endpointRequest },
  },
  Response: {
    type: 'object',
    properties: {
      header: {
        type: 'object',
        properties: {
          requestId: { type: 'string' },
          status: { oneOf: [ref('Status'), { type: 'null' }] },
          execEndpoint: orNull('string'),
          targetExecutor: orNull('string'),
        },
      },
      parameters: { type: 'object' },
      routes: { type: 'array', items: ref('Route') },
      data: { type: 'array', items: ref('Document') },
    },
  },
  Route: {
    type: 'object',
    properties: {
      executor: { type: 'string' },
      startTime: orNull('string', { format: 'date-time' }),
      endTime: orNull('string', { format: 'date-time', description: 'null where the executor was skipped' }),
      status: { oneOf: [ref('Status'), { type: 'null' }] },
    },
  },
  Status: {
    type: 'object',
    properties: {
      code: { type: 'integer', enum: [0, 1], description: '0 success, 1 error' },
      description: { type: 'string' },
      exception: {
        type: ['object', 'null'],
        properties: {
          name: { type: 'string' },
          args: { type: 'array', items: { type: 'string' } },
          stacks: { type: 'array', items: { type: 'string' } },
          executor: { type: 'string' },
        },
      },
    },
  },
  Score: {
    type: 'object',
    properties: {
      value: orNull('number'),
      op_name: orNull('string'),
      description: orNull('string'),
      ref_id: orNull('string'),
    },
  },
  Info: {
    type: 'object',
    properties: {
      jina: { type: 'object', additionalProperties: { type: 'string' } },
      envs: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
  Refusal: { type: 'object', properties: { detail: { type: 'string' } } },
  ValidationError: {
    type: 'object',
    properties: {
      detail: {
        type: 'array',
        items: {
          type: 'object',
          required: ['loc', 'msg', 'type'],
          properties: {
            loc: { type: 'array', items: { type: ['string', 'integer'] } },
            msg: { type: 'string' },
            type: { type: 'string' },
          },
        },
      },
    },
  },
}
