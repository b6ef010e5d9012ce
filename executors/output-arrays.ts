import { type DataRequest, type Document, NdArray, type Tensor } from '../proto/index.ts'

/** The request with all its tensors and embeddings, nested ones too, as peers in Python shall read them. */
export function withArraysAs(clsName: string, request: DataRequest): DataRequest {
  const docs = request.ownDocs()
  for (const document of docs) convert(document, clsName)
  return request.with({ docs })
}

function convert(document: Document, clsName: string): void {
  const { tensor, embedding, fields } = document
  if (isOther(tensor, clsName)) document.tensor = as(clsName, tensor)
  if (isOther(embedding, clsName)) document.embedding = as(clsName, embedding)
  for (const nested of ['chunks', 'matches'] as const) {
    if (fields[nested]) for (const child of document[nested]) convert(child, clsName)
  }
}

function isOther(tensor: Tensor | undefined, clsName: string): tensor is NdArray {
  return tensor instanceof NdArray && tensor.clsName !== clsName
}

function as(clsName: string, { typestr, shape, bytes }: NdArray): NdArray {
  return new NdArray(typestr, shape, bytes, clsName)
}
