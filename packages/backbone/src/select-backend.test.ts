import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { IcrlError } from '@icrl/core'
import { type BackendFacts, declareBackend } from '@icrl/tfjs-ops'
import {
  findBackendFactory,
  getBackend,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HOW_TO_LINK, linkedTensorflow } from '../test/tensorflow/linked-binding.ts'
import type { BackendLoader, BackendName } from './load-backend.ts'
import { selectBackend } from './select-backend.ts'

const NAMES: readonly BackendName[] = [
  'tensorflow',
  'native-cuda',
  'native-cpu',
  'cpu',
  'wasm',
  'webgpu',
]
/** Backends a test registered, to be removed after it. */
const made = new Set<string>()

/** Registers a backend of that name, which computes as `cpu` does, and makes it the current one. */
const loading =
  (name: string, facts?: BackendFacts): BackendLoader =>
  async () => {
    const create = (): MathBackendCPU => {
      const backend = new MathBackendCPU()
      if (facts !== undefined) declareBackend(backend, facts)
      return backend
    }
    if (findBackendFactory(name) === null && registerBackend(name, create)) made.add(name)
    await setBackend(name)
  }

const failing =
  (error: Error): BackendLoader =>
  async () => {
    throw error
  }

function loaders(working: readonly BackendName[]): Record<BackendName, BackendLoader> {
  return Object.fromEntries(
    NAMES.map((name) => [
      name,
      working.includes(name) ? loading(name) : failing(new Error(`no ${name}\nRequire stack: …`)),
    ]),
  ) as Record<BackendName, BackendLoader>
}

describe('selectBackend', () => {
  afterEach(async () => {
    await setBackend('cpu')
    for (const name of made) removeBackend(name)
    made.clear()
  })

  it('takes the first that loads and says why the others were passed over', async () => {
    expect(await selectBackend('auto', { loaders: loaders(['native-cpu', 'cpu']) })).toEqual({
      name: 'native-cpu',
      passedOver: [
        { name: 'tensorflow', reason: 'no tensorflow' },
        { name: 'native-cuda', reason: 'no native-cuda' },
      ],
    })
  })

  it('says that plain JavaScript is slow, and what to do', async () => {
    const { name, notice } = await selectBackend('auto', { loaders: loaders(['cpu']) })
    expect(name).toBe('cpu')
    expect(notice).toContain(
      'native-cpu could not be loaded (no native-cpu). Install @icrl/tfjs-native',
    )
  })

  it('passes on what a backend says of its speed here', async () => {
    const slower = {
      cpu: loading('cpu', undefined),
      mine: loading('mine', { exact: true, notice: 'no graphs' }),
    }
    expect((await selectBackend('mine', { loaders: slower })).notice).toBe('no graphs')
    expect(await selectBackend('cpu', { loaders: slower })).not.toHaveProperty('notice')
  })

  it('says what the native backend itself says to do, once', async () => {
    const error = new IcrlError('No compiler (long story).', {
      code: 'unavailable',
      remedy: 'Install a compiler.',
    })
    const withReason = { ...loaders(['cpu']), 'native-cpu': failing(error) }
    const { notice } = await selectBackend('auto', { loaders: withReason })
    expect(notice).toBe(
      'Running on plain JavaScript (backend cpu), which is slow: native-cpu could not be loaded. Install a compiler.',
    )
    await expect(selectBackend('native-cpu', { loaders: withReason })).rejects.toThrow(
      /^Backend native-cpu could not be loaded: No compiler \(long story\)\. Install a compiler\.$/,
    )
  })

  it('lists every reason where none loads', async () => {
    await expect(selectBackend('auto', { loaders: loaders([]) })).rejects.toThrow(
      'tensorflow: no tensorflow; native-cuda: no native-cuda; native-cpu: no native-cpu; cpu: no cpu',
    )
  })

  it('fails for a named one that is missing, saying what to install', async () => {
    await expect(selectBackend('tensorflow', { loaders: loaders(['cpu']) })).rejects.toThrow(
      'Backend tensorflow could not be loaded: no tensorflow. Install @tensorflow/tfjs-node-gpu',
    )
  })

  it('refuses a name that nothing loads, by name and in the order of auto', async () => {
    const message = 'There is no backend "gpu". Choose auto or one of tensorflow'
    await expect(selectBackend('gpu')).rejects.toThrow(message)
    await expect(selectBackend('auto', { order: ['gpu', 'cpu'] })).rejects.toThrow(message)
    await expect(selectBackend('natve-cpu')).rejects.toThrow('Did you mean "native-cpu"? Choose')
    await expect(selectBackend('native-gpu')).rejects.toThrow('Did you mean "native-cuda"?')
  })

  it('takes any name that comes with a loader', async () => {
    const mine = loading('mine', { exact: true, isa: 'sm_90' })
    expect(await selectBackend('mine', { loaders: { mine } })).toEqual({
      name: 'mine',
      passedOver: [],
      isa: 'sm_90',
    })
    expect(getBackend()).toBe('mine')
  })

  it('takes any name that TensorFlow.js knows already', async () => {
    await loading('mine')()
    await setBackend('cpu')
    expect((await selectBackend('mine')).name).toBe('mine')
    expect(getBackend()).toBe('mine')
  })

  it('tries a backend of your own first', async () => {
    const options = { loaders: { mine: loading('mine') }, order: ['mine', 'cpu'] }
    expect((await selectBackend('auto', options)).name).toBe('mine')
    const broken = { loaders: { mine: failing(new Error('no card')) }, order: ['mine', 'cpu'] }
    expect(await selectBackend('auto', broken)).toEqual({
      name: 'cpu',
      passedOver: [{ name: 'mine', reason: 'no card' }],
    })
  })

  it('does not believe a loader that leaves another backend current', async () => {
    const mine: BackendLoader = async () => void (await setBackend('cpu'))
    await expect(selectBackend('mine', { loaders: { mine } })).rejects.toThrow(
      'Backend mine could not be loaded: its loader left cpu current. Look at the backend’s own loader.',
    )
  })

  it('really selects cpu, without the advertisement', async () => {
    const warn = vi.spyOn(console, 'warn')
    expect(await selectBackend('cpu')).toEqual({ name: 'cpu', passedOver: [] })
    expect(getBackend()).toBe('cpu')
    expect(warn).not.toHaveBeenCalled()
  })

  it('says what native-cuda finds, and takes it only where it is named', async () => {
    const { 'native-cuda': _, ...others } = loaders(['native-cpu'])
    const { name, passedOver } = await selectBackend('auto', { loaders: others })
    expect(name).toBe('native-cpu')
    expect(passedOver[1].reason).toMatch(
      /^(no NVIDIA driver is installed: there is no |it runs on Linux and Windows only|\d+ GPUs? found; it is only taken where it is named)/,
    )
  })

  it.skipIf(linkedTensorflow() === undefined)(
    `takes tensorflow on a processor only where it is named, ${HOW_TO_LINK}`,
    async () => {
      const { name, passedOver } = await selectBackend('auto')
      expect(name).toBe('native-cpu')
      expect(passedOver[0]).toEqual({
        name: 'tensorflow',
        reason:
          'it computes on the processor here, where native-cpu is faster; it is only taken where it is named',
      })
      const warn = vi.spyOn(console, 'warn')
      expect((await selectBackend('tensorflow')).name).toBe('tensorflow')
      expect(getBackend()).toBe('tensorflow')
      expect(warn).not.toHaveBeenCalled()
    },
  )

  it.skipIf(linkedTensorflow() === undefined)(
    `takes tensorflow again where cpu was never loaded, ${HOW_TO_LINK}`,
    async () => {
      removeBackend('cpu')
      try {
        for (let time = 0; time < 2; time++) {
          expect((await selectBackend('tensorflow')).name).toBe('tensorflow')
          expect(findBackendFactory('cpu')).toBe(null)
        }
      } finally {
        registerBackend('cpu', () => new MathBackendCPU())
      }
    },
  )

  it.skipIf(linkedTensorflow() !== undefined)(
    'says that tensorflow is not installed, also where nothing has loaded cpu yet',
    async () => {
      const create = findBackendFactory('cpu')!
      removeBackend('cpu')
      try {
        await expect(selectBackend('tensorflow')).rejects.toThrow(
          'Backend tensorflow could not be loaded: no @tensorflow/tfjs-node-gpu, no @tensorflow/tfjs-node. Install',
        )
      } finally {
        registerBackend('cpu', create)
      }
    },
  )

  it('finds some backend on this machine', async () => {
    const { name, passedOver } = await selectBackend('auto')
    expect(getBackend()).toBe(name)
    expect(passedOver.every(({ reason }) => reason.length > 0 && !reason.includes('\n'))).toBe(true)
  })
})
