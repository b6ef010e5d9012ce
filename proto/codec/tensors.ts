import type { Tensor } from '../document-fields.ts'
import { FlowError } from '../flow-error.ts'
import { docarray, google } from '../gen/messages.js'
import type { JsonObject } from '../json.ts'
import { NdArray } from '../nd-array.ts'
import { SparseNdArray } from '../sparse-nd-array.ts'
import { newWriter, type Writer } from './reader.ts'
import { decodeStruct, encodeStruct } from './struct.ts'

// docarray.NdArrayProto ⇄ NdArray, SparseNdArray

const PARAMETERS = (4 << 3) | 2

export function readTensor(bytes: Uint8Array): Tensor {
  const { dense, sparse, clsName, parameters } = docarray.NdArrayProto.decode(bytes)
  if (dense) return denseOf(dense, clsName)
  if (!sparse?.indices || !sparse.values) throw new FlowError('INVALID_ARGUMENT', 'a tensor without numbers')
  const { indices, values, shape } = sparse
  return new SparseNdArray(denseOf(indices), denseOf(values), shape ?? [], clsName, structProto(parameters))
}

export function writeTensor(tensor: Tensor, writer: Writer): Writer {
  if (tensor instanceof NdArray)
    return docarray.NdArrayProto.encode({ dense: denseProto(tensor), clsName: tensor.clsName }, writer)
  const { indices, values, shape, clsName, parameters } = tensor
  const sparse = { indices: denseProto(indices), values: denseProto(values), shape: [...shape] }
  docarray.NdArrayProto.encode({ sparse, clsName }, writer)
  if (Object.keys(parameters).length > 0)
    encodeStruct(parameters as JsonObject, writer.uint32(PARAMETERS).fork()).ldelim()
  return writer
}

function denseOf({ buffer, shape, dtype }: docarray.IDenseNdArrayProto, clsName?: string): NdArray {
  return new NdArray(dtype ?? '', shape ?? [], buffer ?? new Uint8Array(0), clsName)
}

function denseProto({ bytes, shape, typestr }: NdArray): docarray.IDenseNdArrayProto {
  return { buffer: bytes, shape: shape as number[], dtype: typestr }
}

// generated code reads a Struct as messages; ours reads objects
function structProto(struct: docarray.INdArrayProto['parameters']): JsonObject {
  if (!struct) return {}
  return decodeStruct(google.protobuf.Struct.encode(struct, newWriter()).finish())
}
