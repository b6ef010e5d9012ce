import type { GraphQLResolveInfo } from 'graphql'
import { createSchema } from 'graphql-yoga'
import { type DataRequest, FlowError, type Handler } from '../../../proto/index.ts'
import { answerDocuments, type DocsArguments, decode, documentFields, scoreFields } from './codec.ts'
import { type Event, parts } from './parts.ts'
import { Base64, JSONScalar, NdArray } from './scalars.ts'
import type { Context } from './session.ts'
import { graphqlError } from './status.ts'

/** Jina's schema, with a subscription for answers that come in parts. */
export function schemaOf(handler: Handler) {
  const docs = async (_: unknown, asked: DocsArguments, { session }: Context, { path }: GraphQLResolveInfo) => {
    const request = decoded(asked)
    const answer = await handler(request, session.call).catch((error) => rejected(error, request))
    session.answered(path.key, answer)
    return answerDocuments(answer)
  }
  return createSchema<Context>({
    typeDefs,
    resolvers: {
      JSONScalar,
      Base64,
      NdArray,
      StrawberryDocument: documentFields,
      Namedscore: scoreFields,
      Query: { docs },
      Mutation: { docs },
      Subscription: {
        docs: {
          subscribe(_: unknown, asked: DocsArguments, { session }: Context) {
            return parts(handler, decoded(asked), session.call)
          },
          resolve(event: Event, _: unknown, { session }: Context, { path }: GraphQLResolveInfo) {
            if ('error' in event) return rejected(event.error)
            session.answered(path.key, event.part)
            return answerDocuments(event.part)
          },
        },
      },
    },
  })
}

function decoded(asked: DocsArguments): DataRequest {
  try {
    return decode(asked)
  } catch (error) {
    return rejected(error)
  }
}

// what is not a FlowError is an accident of ours, and is masked
function rejected(error: unknown, asked?: DataRequest): never {
  throw FlowError.is(error) ? graphqlError(error, asked) : error
}

const docsArguments = `
    "Documents that the endpoint is given; none where it is left out."
    data: [StrawberryDocumentInput!] = null
    "Regular expression at the start of executors' names; only those run."
    targetExecutor: String = null
    "An object; \`name__key\` is for the executor \`name\` alone."
    parameters: JSONScalar = null
    execEndpoint: String! = "/search"`

// One list of fields for both, so that what is read can be written. Jina's names, every one.
const documentFieldsOf = (scoreItem: string, document: string, orNull: string) => `
    id: String${orNull}
    parentId: String${orNull}
    granularity: Int${orNull}
    adjacency: Int${orNull}
    blob: Base64${orNull}
    tensor: NdArray${orNull}
    mimeType: String${orNull}
    text: String${orNull}
    weight: Float${orNull}
    uri: String${orNull}
    tags: JSONScalar${orNull}
    offset: Float${orNull}
    location: [Float!]${orNull}
    embedding: NdArray${orNull}
    modality: String${orNull}
    evaluations: [${scoreItem}!]${orNull}
    scores: [${scoreItem}!]${orNull}
    chunks: [${document}!]${orNull}
    matches: [${document}!]${orNull}`

const scoreFieldsOf = (orNull: string) => `
    value: Float${orNull}
    opName: String${orNull}
    description: String${orNull}
    refId: String${orNull}`

export const typeDefs = `
  type Query {
    "Sends documents through the flow."
    docs(${docsArguments}
    ): [StrawberryDocument!]!
  }

  type Mutation {
    "Sends documents through the flow."
    docs(${docsArguments}
    ): [StrawberryDocument!]!
  }

  type Subscription {
    "Sends documents through the flow, and gives the documents of each part of the answer as they come."
    docs(${docsArguments}
    ): [StrawberryDocument!]!
  }

  scalar JSONScalar
  scalar Base64
  scalar NdArray

  "The unit of data. Text, blob and tensor exclude each other; an empty field is null."
  type StrawberryDocument {${documentFieldsOf('Namescoreitem', 'StrawberryDocument', '')}
  }

  type Namescoreitem {
    name: String!
    score: Namedscore!
  }

  interface Namedscoreinterface {${scoreFieldsOf('')}
  }

  type Namedscore implements Namedscoreinterface {${scoreFieldsOf('')}
  }

  input StrawberryDocumentInput {${documentFieldsOf('Namescoreiteminput', 'StrawberryDocumentInput', ' = null')}
  }

  input Namescoreiteminput {
    name: String!
    score: Namedscoreinput!
  }

  input Namedscoreinput {${scoreFieldsOf(' = null')}
  }
`
