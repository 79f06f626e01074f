import { spawnSync } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { selectBackend } from '@icrl/backbone'
import type { Command } from 'commander'
import { colorsOf } from '../colors.ts'
import { EXIT } from '../exit-code.ts'

/** One check and its result. */
interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly says: string
}

const BACKENDS: readonly string[] = ['tensorflow', 'native-cuda', 'native-cpu', 'cpu']
const EXAMPLES = `
Examples:
  icrl doctor            what this machine can run, and why not the rest
  icrl doctor --json

Exits with 1 if nothing could be trained.`

/** `icrl doctor` */
export function doctorCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('doctor')
    .description('check what this machine can run: Node, compiler, backends, memory, disk')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ json }: { json?: boolean }) => finish(await runDoctor(json === true)))
}

async function runDoctor(json: boolean): Promise<number> {
  const pc = colorsOf(process.stdout)
  const backends: Finding[] = []
  for (const name of BACKENDS) backends.push(await lookAtBackend(name))
  const findings = [
    lookAtNode(),
    lookAtCpu(),
    lookAtCompiler(),
    lookAtGpu(),
    ...backends,
    lookAtMemory(),
    await lookAtDisk(),
  ]
  if (json) process.stdout.write(`${JSON.stringify(findings)}\n`)
  else
    for (const { name, ok, says } of findings)
      process.stdout.write(`${ok ? pc.green('✓') : pc.yellow('–')} ${name.padEnd(20)} ${says}\n`)
  return findings[0].ok && backends.some(({ ok }) => ok) ? EXIT.done : EXIT.failed
}

function lookAtNode(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return {
    name: 'Node',
    ok,
    says: `${process.version}${ok ? '' : ': 20.19 or newer is needed'}, ${process.platform} ${process.arch}`,
  }
}

function lookAtCpu(): Finding {
  return {
    name: 'processor',
    ok: true,
    says: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`,
  }
}

function lookAtCompiler(): Finding {
  const command = process.env.CXX ?? 'c++'
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return status === 0
    ? { name: 'C++ compiler', ok: true, says: `${command}: ${stdout.split('\n')[0]}` }
    : {
        name: 'C++ compiler',
        ok: false,
        says: `${command} does not run: native-cpu can only be used where it was built already`,
      }
}

function lookAtGpu(): Finding {
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'],
    { encoding: 'utf8' },
  )
  return status === 0
    ? { name: 'GPU', ok: true, says: stdout.trim().split('\n').join('; ') }
    : { name: 'GPU', ok: false, says: 'no NVIDIA GPU found (nvidia-smi does not run)' }
}

async function lookAtBackend(name: string): Promise<Finding> {
  try {
    const { isa, notice } = await selectBackend(name)
    const loads = isa === undefined ? 'loads' : `loads, instruction set ${isa}`
    return {
      name: `backend ${name}`,
      ok: true,
      says: notice === undefined ? loads : `${loads}; ${notice}`,
    }
  } catch (error) {
    return {
      name: `backend ${name}`,
      ok: false,
      says: error instanceof Error ? error.message.split('\n')[0] : String(error),
    }
  }
}

function lookAtMemory(): Finding {
  return {
    name: 'memory',
    ok: true,
    says: `${gigabytes(freemem())} free of ${gigabytes(totalmem())}`,
  }
}

async function lookAtDisk(): Promise<Finding> {
  const { bavail, bsize } = await statfs(process.cwd())
  const free = bavail * bsize
  return {
    name: 'disk here',
    ok: free > 1e9,
    says: `${gigabytes(free)} free${free > 1e9 ? '' : ': a run’s checkpoints may not fit'}`,
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
