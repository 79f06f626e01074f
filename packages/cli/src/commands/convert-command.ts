import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  baseFolderOf,
  type Conversion,
  convertModelFolder,
  convertToGguf,
  type GgufQuantization,
  type ModelDtype,
} from '@icrl/backbone'
import { IcrlError } from '@icrl/core'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { storedWeights } from '../config/stored-run.ts'
import { modelFolder } from '../hub/model-folder.ts'
import { EXIT } from '../exit-code.ts'
import { wholeNumber } from './parse-number.ts'

interface ConvertFlags {
  readonly to: string
  readonly checkpoint?: number
  readonly dtype?: ModelDtype
  readonly maxShardSize?: number
  readonly quantization?: GgufQuantization
  readonly modelfile?: boolean
  readonly adapter?: string
  readonly unmerge?: boolean
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl convert runs/first --to published                       a run's model, as a Hugging Face folder
  icrl convert models/Qwen3-4B --to qwen3-f32 --dtype float32 --max-shard-size 2GB
  icrl convert models/Qwen3-4B --adapter lora --to merged      with a PEFT adapter merged into it
  icrl convert runs/first --to first.gguf --quantization q8_0 --modelfile
  llama-server --model first.gguf`

/** `icrl convert` */
export function convertCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('convert')
    .argument(
      '<model>',
      'folder of a run or a Hugging Face model, or one of the hub that is downloaded',
    )
    .description(
      'write a model for other tools: a Hugging Face folder, or a GGUF file for llama.cpp',
    )
    .requiredOption('--to <path>', 'a new folder, or a new file that ends in .gguf')
    .option('--checkpoint <n>', 'of a run: weights after this many steps', wholeNumber(0))
    .addOption(
      new Option('--dtype <type>', 'of a folder’s weights; default: as they are stored').choices([
        'float32',
        'bf16',
        'f16',
      ]),
    )
    .option('--max-shard-size <size>', 'most bytes of a file, such as 5GB (default)', byteCount)
    .addOption(
      new Option(
        '--quantization <type>',
        'of a GGUF file; default: bf16 or f16, as stored. q8_0 keeps attention and down projections in f16',
      ).choices(['f16', 'bf16', 'q8_0', 'q8_0_pure']),
    )
    .option('--modelfile', 'with a GGUF file: write a Modelfile for Ollama beside it')
    .option('--adapter <dir>', 'a PEFT adapter to merge into the weights')
    .option('--unmerge', 'remove the adapter from weights that it was merged into')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, flags: ConvertFlags) => finish(await runConvert(model, flags)))
}

async function runConvert(model: string, flags: ConvertFlags): Promise<number> {
  requireMatching(flags)
  const { to, json } = flags
  const { folder, adapter } = await sourceOf(model, flags)
  const written = await convert(folder, { ...flags, adapter })
  process.stdout.write(
    json
      ? `${JSON.stringify({ path: to, ...written })}\n`
      : `${to}, ${written.tensors} tensors, ${(written.bytes / 1e6).toFixed(1)} MB\n`,
  )
  return EXIT.done
}

function convert(folder: string, flags: ConvertFlags): Promise<Conversion> {
  const {
    to,
    dtype,
    maxShardSize: maxShardBytes,
    quantization,
    modelfile,
    adapter,
    unmerge,
  } = flags
  return isGguf(to)
    ? convertToGguf(folder, to, {
        name: basename(to, '.gguf'),
        quantization,
        modelfile,
        adapter,
        unmerge,
      })
    : convertModelFolder(folder, to, { dtype, maxShardBytes, adapter, unmerge })
}

function isGguf(path: string): boolean {
  return path.endsWith('.gguf')
}

/** Options of the one form are refused for the other. */
function requireMatching({
  to,
  dtype,
  maxShardSize,
  quantization,
  modelfile,
  adapter,
  unmerge,
}: ConvertFlags): void {
  const misplaced: [boolean, string][] = [
    [isGguf(to) && dtype !== undefined, '--dtype is for folders: use --quantization'],
    [isGguf(to) && maxShardSize !== undefined, '--max-shard-size is for folders'],
    [!isGguf(to) && quantization !== undefined, '--quantization is for GGUF files: use --dtype'],
    [!isGguf(to) && modelfile === true, '--modelfile is for GGUF files'],
    [unmerge === true && adapter === undefined, '--unmerge needs --adapter'],
  ]
  const [, what] = misplaced.find(([wrong]) => wrong) ?? []
  if (what !== undefined)
    throw new IcrlError(`${what}.`, {
      code: 'invalid-option',
      remedy: `--to ${to} names ${isGguf(to) ? 'a GGUF file' : 'a folder'}; icrl convert --help lists what goes with it.`,
    })
}

/**
 * The folder of a model's weights: of a run, those that it trained. What is only an adapter is
 * merged into the base that it names.
 */
async function sourceOf(
  path: string,
  { checkpoint, adapter }: ConvertFlags,
): Promise<{ folder: string; adapter?: string }> {
  const found = await modelFolder(path, '.')
  const hasTokenizer = await stat(join(found, 'tokenizer.json')).then(
    () => true,
    () => false,
  )
  const isModel = hasTokenizer && checkpoint === undefined
  const weights = isModel ? found : (await storedWeights(path, checkpoint)).folder
  const folder = await baseFolderOf(weights)
  return { folder, adapter: folder === weights ? adapter : weights }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
}

/** Reads `5GB`, `500MB`, `2GiB` or plain bytes. */
export function byteCount(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const bytes = Number(digits) * UNITS[unit?.toUpperCase()]
  if (bytes >= 1) return Math.floor(bytes)
  throw new InvalidArgumentError('Expected a size such as 5GB, 500MB or 2GiB.')
}
