import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What can be wrong with the driver or its device. */
export type Wrong =
  | 'nothing'
  | 'too old'
  | 'no device'
  | 'wrong architecture'
  | 'old for the code'
  | 'full at the start'
  | 'taken'
  | 'full'
  | 'sticky'

/** An error as a program sees it; `remedy` if it is one of the project's. */
export interface Told {
  readonly name: string
  readonly message: string
  readonly remedy?: string
}

/** What a program sees of the device, each part undefined where nothing failed. */
export interface Seen {
  readonly devices: { readonly devices: number; readonly why: string }
  readonly opening?: Told
  readonly large?: Told
  readonly kernel?: Told
  readonly read?: Told
  readonly laterRead?: Told
  readonly next?: Told
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const DRIVER_CODE = here('../../native/cuda/device-driver.cc')

/** The functions that device-driver.cc looks for. */
const functionsOfTheDriver = (): string[] =>
  [...readFileSync(DRIVER_CODE, 'utf8').matchAll(/^ *X\((cu\w+),/gm)].map(([, name]) => name)

/** Compiles the stand-in, without one function where it is too old, and uses it through the addon. */
export function seeThroughStandIn(addon: string, wrong: Wrong): Seen {
  const folder = mkdtempSync(join(tmpdir(), 'icrl-stand-in-'))
  try {
    const names = functionsOfTheDriver()
    const isOld = wrong === 'too old'
    const defined = new Set(
      [...readFileSync(here('driver.c'), 'utf8').matchAll(/^int (cu\w+)\(/gm)].map(([, n]) => n),
    )
    const rest = names.filter(
      (name) => !defined.has(name) && !(isOld && name === 'cuTensorMapEncodeTiled'),
    )
    const file = join(folder, 'rest.c')
    writeFileSync(file, rest.map((name) => `int ${name}(void) { return 0; }\n`).join(''))
    const library = ['-shared', '-fPIC', '-w', '-o', join(folder, 'libcuda.so.1')]
    run(process.env.CC ?? 'cc', [...library, here('driver.c'), file])
    const code = join(folder, 'code.fatbin')
    writeFileSync(code, 'the stand-in reads nothing of it')
    const program = ['--conditions=@icrl/source', '--import', 'tsx', here('use-driver.ts')]
    const printed = run(process.execPath, [...program, addon, code], {
      LD_LIBRARY_PATH: folder,
      ICRL_STAND_IN: wrong,
    })
    return JSON.parse(printed) as Seen
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
}
