import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readGguf } from '../../test/read-gguf.ts'
import { temporaryFolders } from '../../test/temporary-folder.ts'
import { writeTinyTokenizer } from '../../test/tiny-model-folder.ts'
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../adapter-folder.ts'
import { initializeAdapter } from '../adapter.ts'
import { decodeFloats } from '../decode-floats.ts'
import { loadModelFolder } from '../load-model-folder.ts'
import { SafetensorsFile } from '../load-safetensors.ts'
import { saveAdapter } from '../save-adapter.ts'
import { saveSafetensors } from '../save-safetensors.ts'
import { selectBackend } from '../select-backend.ts'
import { SharedWeights } from '../shared-weights.ts'
import { convertModelFolder, type ConvertModelFolderOptions } from './convert-model-folder.ts'
import { convertToGguf } from './convert-to-gguf.ts'

const folder = temporaryFolders()
const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../test/${path}`, import.meta.url))
const base = fixture('golden/qwen3')

async function weightsOf(path: string): Promise<Map<string, Float32Array>> {
  await using file = await SafetensorsFile.open(path)
  const weights = new Map<string, Float32Array>()
  for (const name of file.header.tensors.keys()) weights.set(name, await file.read(name))
  return weights
}

async function converted(
  from: string,
  options: ConvertModelFolderOptions,
): Promise<{ to: string; weights: Map<string, Float32Array> }> {
  const to = join(await folder(), 'out')
  await convertModelFolder(from, to, options)
  return { to, weights: await weightsOf(join(to, 'model.safetensors')) }
}

/** The largest difference, by the largest value. */
function distance(a: Float32Array, b: Float32Array): number {
  const most = b.reduce((found, x) => Math.max(found, Math.abs(x)), 0)
  return a.reduce((found, x, i) => Math.max(found, Math.abs(x - b[i])), 0) / most
}

/** A copy of a fixture's adapter, with other fields and tensors. */
async function adapterWith(
  fields: Readonly<Record<string, unknown>>,
  rename: (name: string) => string = (name) => name,
): Promise<string> {
  const to = join(await folder(), 'adapter')
  await cp(fixture('peft/patterns'), to, { recursive: true })
  const path = join(to, ADAPTER_CONFIG)
  const json = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...json, ...fields }))
  await using file = await SafetensorsFile.open(join(to, ADAPTER_WEIGHTS))
  const tensors = [...file.header.tensors].map(([name, { shape }]) => {
    const values = file.read(name)
    return [rename(name), { shape, read: () => values }] as const
  })
  await Promise.all(tensors.map(([, { read }]) => read()))
  await saveSafetensors(join(to, 'new.safetensors'), new Map(tensors), {})
  await cp(join(to, 'new.safetensors'), join(to, ADAPTER_WEIGHTS))
  await rm(join(to, 'new.safetensors'))
  return to
}

describe('adapters', () => {
  it('merge to what PEFT merges: patterns of rank and alpha, rank-stabilized, targets by expression', async () => {
    const plain = await weightsOf(join(base, 'model.safetensors'))
    for (const name of ['patterns', 'stabilized']) {
      const adapter = fixture(`peft/${name}`)
      const { to, weights } = await converted(base, { adapter })
      const wanted = await weightsOf(join(adapter, 'merged.safetensors'))
      for (const [parameter, values] of weights) {
        const merged = wanted.get(parameter)
        if (merged === undefined) expect(values).toEqual(plain.get(parameter))
        else expect(distance(values, merged)).toBeLessThan(2e-7)
      }
      // Out again: to a rounding of float32, or of the bf16 that it was merged in.
      const back = await converted(to, { adapter, unmerge: true })
      const rounded = await converted(base, { adapter, dtype: 'bf16' })
      const fromBf16 = await converted(rounded.to, { adapter, unmerge: true, dtype: 'float32' })
      for (const parameter of wanted.keys()) {
        expect(distance(back.weights.get(parameter)!, plain.get(parameter)!)).toBeLessThan(1e-6)
        const rest = distance(fromBf16.weights.get(parameter)!, plain.get(parameter)!)
        expect(rest).toBeGreaterThan(1e-5)
        expect(rest).toBeLessThan(2 ** -8 * 3)
      }
    }
  })

  it('merge into GGUF files', async () => {
    const home = await folder()
    const model = join(home, 'model')
    await cp(base, model, { recursive: true })
    const json = JSON.parse(await readFile(join(model, 'config.json'), 'utf8')) as object
    await writeFile(join(model, 'config.json'), JSON.stringify({ ...json, vocab_size: 29 }))
    await writeTinyTokenizer(model, {
      added_tokens: [],
      model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] },
    })
    await convertToGguf(model, join(home, 'm.gguf'), {
      adapter: fixture('peft/patterns'),
      quantization: 'f16',
    })
    const { tensors } = await readGguf(join(home, 'm.gguf'))
    const wanted = await weightsOf(fixture('peft/patterns/merged.safetensors'))
    const stored = decodeFloats(Uint8Array.from(tensors.get('blk.1.attn_q.weight')!.bytes), 'F16')
    expect(distance(stored, wanted.get('model.layers.1.self_attn.q_proj.weight')!)).toBeLessThan(
      2 ** -11,
    )
  })

  it('are refused by name for what is not plain LoRA, and for another base', async () => {
    const merge = async (adapter: string, from = base): Promise<unknown> =>
      convertModelFolder(from, join(await folder(), 'out'), { adapter })
    const refused: [string, RegExp][] = [
      [await adapterWith({ use_dora: true }), /use_dora asks for a magnitude of each row \(DoRA\)/],
      [await adapterWith({ bias: 'all' }), /bias is "all"/],
      [
        await adapterWith({ modules_to_save: ['lm_head'] }),
        /modules_to_save asks for whole modules/,
      ],
      [await adapterWith({ peft_type: 'IA3' }), /peft_type is "IA3"/],
      [
        await adapterWith({ init_lora_weights: 'pissa' }),
        /"pissa" changes the weights of the base/,
      ],
      [
        await adapterWith({}, (name) => name.replace('layers.1', 'layers.7')),
        /layers\.7\.\S+ belongs to no matrix of this model/,
      ],
      [
        await adapterWith({}, (name) => name.replace('q_proj', 'o_proj')),
        /the adapter of model\.layers\.0\.self_attn\.o_proj is \[32, 2\] · \[2, 16\], the model's matrix \[16, 32\]/,
      ],
      [join(await folder(), 'none'), /adapter_config\.json cannot be read/],
    ]
    for (const [adapter, message] of refused) await expect(merge(adapter)).rejects.toThrow(message)
    expect(await readdir(base)).not.toContain('out')
  })

  it('that name the checksum of their base are merged into no other of the same shapes', async () => {
    await selectBackend('cpu')
    const { config, parameters } = await loadModelFolder(base)
    const shared = new SharedWeights(parameters)
    const adapter = initializeAdapter(config, { rank: 2 })
    const [own, other] = [await folder(), join(await folder(), 'other')]
    await saveAdapter(own, adapter, shared, {})
    await convertModelFolder(base, other, { dtype: 'bf16' }) // rounding is no other base
    const { weights } = await converted(other, { adapter: own })
    expect(weights.size).toBe(parameters.size)
    await rm(other, { recursive: true })
    await convertModelFolder(base, other, { adapter: fixture('peft/patterns') })
    await expect(converted(other, { adapter: own })).rejects.toThrow(
      /is an adapter of another base than .*other/,
    )
    for (const parameter of adapter.parameters.values()) parameter.dispose()
    shared.release()
  })
})
