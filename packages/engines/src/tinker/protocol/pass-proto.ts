import { PbfWriter } from 'pbf'
import { noText } from './model-input.ts'
import type { Datum, PassRequest, PassResult } from './pass.ts'
import {
  bytes,
  double,
  type FieldReader,
  integer,
  packedIntegers,
  readEntry,
  readFields,
  text,
} from './proto-fields.ts'
import { malformed } from './refuse.ts'
import {
  bytesPerValue,
  dtypeOf,
  integerBytes,
  integersFromBytes,
  tensorBytes,
  tensorFromBytes,
} from './tensor.ts'
import type { Tensor } from './tensor.ts'

/** `application/x-protobuf`: passes from SkyRL 0.4.0 and tinker 0.25 on, and results on demand. */
export const PROTOBUF = 'application/x-protobuf'

/**
 * A pass as `tinker_public.ForwardBackwardRequest`. Numbers of a loss's configuration are written in
 * both of its maps, as tinker 0.38 does: older servers read the first.
 */
export function passRequestToProto(request: PassRequest): Uint8Array {
  const { modelId, seqId = 0, data, lossFn, lossFnConfig = {}, forwardOnly } = request
  const writer = new PbfWriter()
  writer.writeStringField(1, modelId)
  if (seqId !== 0) writer.writeVarintField(2, seqId)
  for (const datum of data) writer.writeMessage(3, writeDatum, datum)
  writer.writeStringField(4, lossFn)
  for (const [key, value] of Object.entries(lossFnConfig))
    writer.writeMessage(5, writeNumber, [key, value])
  if (forwardOnly) writer.writeBooleanField(6, true)
  for (const [key, value] of Object.entries(lossFnConfig))
    writer.writeMessage(7, writeConfigValue, [key, value])
  return writer.finish()
}

function writeDatum({ tokens, inputs }: Datum, writer: PbfWriter): void {
  writer.writeMessage(1, writeChunk, tokens)
  for (const entry of Object.entries(inputs)) writer.writeMessage(2, writeInput, entry)
}

function writeChunk(tokens: Int32Array, writer: PbfWriter): void {
  writer.writeMessage(
    1,
    (ids, encodedText) => encodedText.writeBytesField(1, integerBytes(ids)),
    tokens,
  )
}

function writeInput([name, tensor]: readonly [string, Tensor], writer: PbfWriter): void {
  writer.writeStringField(1, name)
  writer.writeMessage(2, writeTensor, tensor)
}

function writeTensor({ data, shape }: Tensor, writer: PbfWriter): void {
  writer.writeBytesField(1, tensorBytes(data))
  writer.writeVarintField(3, dtypeOf(data))
  writer.writePackedVarint(4, [...shape])
}

function writeNumber([key, value]: readonly [string, number], writer: PbfWriter): void {
  writer.writeStringField(1, key)
  writer.writeDoubleField(2, value)
}

function writeConfigValue([key, value]: readonly [string, number], writer: PbfWriter): void {
  writer.writeStringField(1, key)
  writer.writeMessage(2, (number, inner) => inner.writeDoubleField(1, number), value)
}

/**
 * Reads `tinker_public.ForwardBackwardRequest`.
 *
 * @throws IcrlError `invalid-shape`; `unsupported` for images, sparse tensors and words as settings
 * of a loss
 */
export function passRequestFromProto(body: Uint8Array): PassRequest {
  let modelId = ''
  let seqId = 0
  const data: Datum[] = []
  let lossFn = ''
  const lossFnConfig: Record<string, number> = {}
  let forwardOnly = false
  const setting = (entry: readonly [string, number | undefined]): void => {
    lossFnConfig[entry[0]] = entry[1] ?? 0
  }
  readFields(body, 'ForwardBackwardRequest', {
    1: text((value) => (modelId = value)),
    2: integer((value) => (seqId = value)),
    3: bytes((value) => data.push(readDatum(value))),
    4: text((value) => (lossFn = value)),
    5: bytes((value) => setting(readEntry(value, 'LossFnConfigEntry', double))),
    6: integer((value) => (forwardOnly = value !== 0)),
    7: bytes((value) => {
      const [key, config] = readEntry(value, 'LossFnConfigV2Entry', bytes)
      setting([key, readConfigValue(key, config)])
    }),
  })
  return {
    modelId,
    ...(seqId !== 0 && { seqId }),
    data,
    lossFn,
    ...(Object.keys(lossFnConfig).length > 0 && { lossFnConfig }),
    forwardOnly,
  }
}

function readConfigValue(key: string, value: Uint8Array | undefined): number {
  let number = 0
  readFields(value ?? new Uint8Array(), 'LossConfigValue', {
    1: double((given) => (number = given)),
    2: text((word) => {
      throw malformed(`loss_fn_config: ${key} is the word ${JSON.stringify(word)}, not a number.`)
    }),
  })
  return number
}

function readDatum(message: Uint8Array): Datum {
  const chunks: Int32Array[] = []
  const inputs: Record<string, Tensor> = {}
  readFields(message, 'Datum', {
    1: bytes((value) => chunks.push(readChunk(value))),
    2: bytes((value) => {
      const [name, tensor] = readEntry(value, 'LossFnInputsEntry', bytes)
      inputs[name] = readTensor(name, tensor ?? new Uint8Array())
    }),
  })
  return { tokens: Int32Array.from(chunks.flatMap((chunk) => [...chunk])), inputs }
}

function readChunk(message: Uint8Array): Int32Array {
  let ids: Int32Array = new Int32Array()
  const refuse = (type: string): FieldReader =>
    bytes(() => {
      throw noText(type)
    })
  readFields(message, 'Chunk', {
    1: bytes((value) =>
      readFields(value, 'EncodedTextChunk', {
        1: bytes((tokens) => (ids = integersFromBytes(tokens))),
      }),
    ),
    2: refuse('image'),
    3: refuse('dmel'),
  })
  return ids
}

function readTensor(name: string, message: Uint8Array): Tensor {
  let dense: Uint8Array = new Uint8Array()
  let dtype = 0
  const shape: number[] = []
  readFields(message, `tensor ${name}`, {
    1: bytes((value) => (dense = value)),
    2: bytes(() => {
      throw malformed(`tensor ${name} is sparse, and only dense ones are read.`)
    }),
    3: integer((value) => (dtype = value)),
    4: packedIntegers((values) => shape.push(...values)),
  })
  const data = tensorFromBytes(dense, dtype)
  const size = shape.reduce((product, length) => product * length, 1)
  if (shape.length > 0 && size !== data.length)
    throw malformed(`tensor ${name} of shape [${shape.join(', ')}] has ${data.length} values.`)
  return { data, shape: shape.length > 0 ? shape : [data.length] }
}

/**
 * A pass's result as `tinker_public.ForwardBackwardOutput`: one record, whose fields hold the values
 * of all datums one behind the other.
 *
 * @throws IcrlError `invalid-shape` if datums differ in their fields
 */
export function passResultToProto({ outputType, outputs, metrics }: PassResult): Uint8Array {
  const writer = new PbfWriter()
  writer.writeStringField(1, outputType)
  if (outputs.length > 0) writer.writeMessage(2, writeRecord, outputs)
  for (const entry of Object.entries(metrics)) writer.writeMessage(3, writeNumber, entry)
  return writer.finish()
}

function writeRecord(outputs: PassResult['outputs'], writer: PbfWriter): void {
  for (const name of Object.keys(outputs[0])) {
    const tensors = outputs.map((output, i) => {
      if (output[name]) return output[name]
      throw malformed(`datum ${i} of a result has no ${name}.`)
    })
    writer.writeMessage(2, writeField, [name, tensors] as const)
  }
  writer.writeVarintField(3, outputs.length)
}

function writeField(
  [name, tensors]: readonly [string, readonly Tensor[]],
  writer: PbfWriter,
): void {
  writer.writeStringField(1, name)
  writer.writeMessage(2, writeBatchedTensor, tensors)
}

function writeBatchedTensor(tensors: readonly Tensor[], writer: PbfWriter): void {
  const parts = tensors.map(({ data }) => tensorBytes(data))
  const offsets = new Int32Array(parts.length + 1)
  parts.forEach((part, i) => (offsets[i + 1] = offsets[i] + part.length))
  const joined = new Uint8Array(offsets[parts.length])
  parts.forEach((part, i) => joined.set(part, offsets[i]))
  writer.writeBytesField(1, joined)
  writer.writeBytesField(2, tensorBytes(offsets))
  writer.writeVarintField(3, dtypeOf(tensors[0].data))
  writer.writePackedVarint(4, tensors[0].shape.slice(1))
}

/**
 * Reads `tinker_public.ForwardBackwardOutput`, of any number of records.
 *
 * @throws IcrlError `invalid-shape`
 */
export function passResultFromProto(body: Uint8Array): PassResult {
  let outputType = ''
  const outputs: Record<string, Tensor>[] = []
  const metrics: Record<string, number> = {}
  readFields(body, 'ForwardBackwardOutput', {
    1: text((value) => (outputType = value)),
    2: bytes((value) => outputs.push(...readRecord(value))),
    3: bytes((value) => {
      const [key, number = 0] = readEntry(value, 'MetricsEntry', double)
      metrics[key] = number
    }),
  })
  return { outputType, outputs, metrics }
}

function readRecord(message: Uint8Array): Record<string, Tensor>[] {
  const fields: (readonly [string, readonly Tensor[]])[] = []
  let count = 0
  readFields(message, 'ArrayRecord', {
    2: bytes((value) => {
      const [name, tensor] = readEntry(value, 'FieldsEntry', bytes)
      fields.push([name, readBatchedTensor(name, tensor ?? new Uint8Array())])
    }),
    3: integer((value) => (count = value)),
  })
  const datums = count || (fields[0]?.[1].length ?? 0)
  const odd = fields.find(([, tensors]) => tensors.length !== datums)
  if (odd) throw malformed(`${odd[0]} has ${odd[1].length} entries for ${datums} datums.`)
  return Array.from({ length: datums }, (_, i) =>
    Object.fromEntries(fields.map(([name, tensors]) => [name, tensors[i]])),
  )
}

function readBatchedTensor(name: string, message: Uint8Array): readonly Tensor[] {
  let data: Uint8Array = new Uint8Array()
  let offsets: Float32Array | Int32Array = new Int32Array()
  let dtype = 0
  const trailing: number[] = []
  readFields(message, `field ${name}`, {
    1: bytes((value) => (data = value)),
    2: bytes((value) => (offsets = tensorFromBytes(value, 2))),
    3: integer((value) => (dtype = value)),
    4: packedIntegers((values) => trailing.push(...values)),
  })
  const values = tensorFromBytes(data, dtype)
  const size = bytesPerValue(dtype)
  const row = trailing.reduce((product, length) => product * length, 1)
  return Array.from({ length: Math.max(0, offsets.length - 1) }, (_, i) => {
    const [start, end] = [offsets[i] / size, offsets[i + 1] / size]
    const rows = (end - start) / row
    if (!Number.isInteger(start) || !(start <= end && end <= values.length) || rows % 1 !== 0)
      throw malformed(`field ${name}, datum ${i}: its bytes ${offsets[i]} to ${offsets[i + 1]}.`)
    return { data: values.slice(start, end), shape: [rows, ...trailing] }
  })
}
