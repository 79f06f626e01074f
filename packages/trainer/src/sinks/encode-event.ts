import crc32c from 'crc-32/crc32c.js'
import { PbfWriter } from 'pbf'

/** One record of a TensorBoard event file: one of `fileVersion`, `scalars` and `isStart`. */
export interface BoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number
  /** The step that `scalars` or `isStart` belongs to. */
  readonly step?: number
  readonly fileVersion?: string
  /** Scalars by tag. */
  readonly scalars?: readonly (readonly [tag: string, value: number])[]
  /**
   * True: a process begins with `step`, and voids what earlier ones wrote of it and later steps.
   */
  readonly isStart?: boolean
}

/** `SessionLog.SessionStatus.START` */
const START = 1

/**
 * An event as TensorBoard reads it: `tensorflow.Event` (event.proto, summary.proto) in
 * protocol-buffer encoding, framed as a TFRecord:
 *
 *     uint64 length · uint32 masked CRC-32C of it · bytes · uint32 masked CRC-32C of them      (little-endian)
 */
export function encodeEvent({
  wallTime,
  step,
  fileVersion,
  scalars,
  isStart,
}: BoardEvent): Uint8Array {
  const event = new PbfWriter()
  event.writeDoubleField(1, wallTime)
  if (step !== undefined) event.writeVarintField(2, step)
  if (fileVersion !== undefined) event.writeStringField(3, fileVersion)
  if (scalars) event.writeMessage(5, writeSummary, scalars)
  if (isStart) event.writeMessage(7, (status, log) => log.writeVarintField(1, status), START)
  return framed(event.finish())
}

function writeSummary(scalars: NonNullable<BoardEvent['scalars']>, summary: PbfWriter): void {
  for (const scalar of scalars) {
    summary.writeMessage(
      1,
      ([tag, value], entry) => {
        entry.writeStringField(1, tag)
        entry.writeFloatField(2, value)
      },
      scalar,
    )
  }
}

function framed(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true)
  record.set(data, 12)
  view.setUint32(12 + data.length, maskedChecksum(data), true)
  return record
}

/**
 * A CRC-32C, rotated and with a constant added, as TFRecord wants it, since the CRC of data that
 * holds its own CRC is weak.
 */
function maskedChecksum(data: Uint8Array): number {
  const sum = crc32c.buf(data) >>> 0
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
}
