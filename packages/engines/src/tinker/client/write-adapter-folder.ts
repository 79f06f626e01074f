import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { parseTarGzip } from 'nanotar'

const CONFIG = 'adapter_config.json'
const WEIGHTS = 'adapter_model.safetensors'

/**
 * Unpacks a server's archive of an adapter into a PEFT folder, which appears whole. SkyRL leaves the
 * configuration's `target_modules` empty: they are filled in from the names of the weights.
 *
 * @throws IcrlError `corrupt-file`, `write-failed`
 */
export async function writeAdapterFolder(directory: string, archive: Uint8Array): Promise<void> {
  const files = await unpack(archive)
  const [config, weights] = [files.get(CONFIG), files.get(WEIGHTS)]
  if (!config || !weights) throw corrupt(`the archive holds ${[...files.keys()].join(', ')}.`)
  const filled = JSON.parse(new TextDecoder().decode(config))
  filled.target_modules ??= targetsOf(weights)
  const part = `${directory}.part`
  try {
    await rm(part, { recursive: true, force: true })
    await mkdir(part, { recursive: true })
    await writeFile(join(part, CONFIG), `${JSON.stringify(filled, null, 2)}\n`)
    await writeFile(join(part, WEIGHTS), weights)
    await rename(part, directory)
  } catch (cause) {
    throw new IcrlError(`${directory} could not be written.`, {
      code: 'write-failed',
      remedy: 'Give a folder that is not there yet, or is empty, on a disk with room.',
      cause,
    })
  }
}

async function unpack(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  try {
    const entries = await parseTarGzip(archive as Uint8Array<ArrayBuffer>)
    return new Map(entries.flatMap(({ name, data }) => (data ? [[basename(name), data]] : [])))
  } catch (cause) {
    throw corrupt('the archive is no compressed tar.', cause)
  }
}

/** The layers that a file of weights has an adapter for: names stand in its header, as JSON. */
function targetsOf(weights: Uint8Array): string[] {
  const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength)
  const length = Number(view.getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + length)))
  const names = Object.keys(header).flatMap((name) => /\.(\w+)\.lora_A\./.exec(name)?.[1] ?? [])
  return [...new Set(names)].sort()
}

function corrupt(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`the adapter from the server: ${what}`, {
    code: 'corrupt-file',
    remedy: 'Look at the checkpoint on the server.',
    cause,
  })
}
