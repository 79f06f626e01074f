import { IcrlError } from '@icrl/core'
import { getBackend } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'
import type { BackendLoader, BackendName } from './load-backend.ts'
import { selectBackend } from './select-backend.ts'

function loaders(working: readonly BackendName[]): Record<BackendName, BackendLoader> {
  const names: BackendName[] = ['tensorflow', 'native-cpu', 'cpu', 'wasm', 'webgpu']
  return Object.fromEntries(
    names.map((name) => [
      name,
      () =>
        working.includes(name)
          ? Promise.resolve()
          : Promise.reject(new Error(`no ${name}\nRequire stack: …`)),
    ]),
  ) as Record<BackendName, BackendLoader>
}

describe('selectBackend', () => {
  it('takes the first that loads and says why the others were passed over', async () => {
    expect(await selectBackend('auto', loaders(['native-cpu', 'cpu']))).toEqual({
      name: 'native-cpu',
      passedOver: [{ name: 'tensorflow', reason: 'no tensorflow' }],
    })
  })

  it('says that plain JavaScript is slow, and what to do', async () => {
    const { name, notice } = await selectBackend('auto', loaders(['cpu']))
    expect(name).toBe('cpu')
    expect(notice).toContain(
      'native-cpu could not be loaded (no native-cpu). Install @icrl/tfjs-native',
    )
  })

  it('says what the native backend itself says to do, once', async () => {
    const failing = {
      ...loaders(['cpu']),
      'native-cpu': () =>
        Promise.reject(
          new IcrlError('No compiler (long story).', {
            code: 'unavailable',
            remedy: 'Install a compiler.',
          }),
        ),
    }
    const { notice } = await selectBackend('auto', failing)
    expect(notice).toBe(
      'Running on plain JavaScript (backend cpu), which is slow: native-cpu could not be loaded. Install a compiler.',
    )
  })

  it('lists every reason where none loads', async () => {
    await expect(selectBackend('auto', loaders([]))).rejects.toThrow(
      'tensorflow: no tensorflow; native-cpu: no native-cpu; cpu: no cpu',
    )
  })

  it('fails for a named one that is missing, saying what to install', async () => {
    await expect(selectBackend('tensorflow', loaders(['cpu']))).rejects.toThrow(
      'Backend tensorflow could not be loaded: no tensorflow. Install @tensorflow/tfjs-node-gpu',
    )
  })

  it('refuses a name that is none', async () => {
    await expect(selectBackend('gpu' as BackendName)).rejects.toThrow(
      'There is no backend "gpu". Choose auto or one of tensorflow',
    )
  })

  it('really selects cpu, without the advertisement', async () => {
    const warn = vi.spyOn(console, 'warn')
    expect(await selectBackend('cpu')).toEqual({ name: 'cpu', passedOver: [] })
    expect(getBackend()).toBe('cpu')
    expect(warn).not.toHaveBeenCalled()
  })

  it('finds some backend on this machine', async () => {
    const { name, passedOver } = await selectBackend('auto')
    expect(getBackend()).toBe(name)
    expect(passedOver.every(({ reason }) => reason.length > 0 && !reason.includes('\n'))).toBe(true)
  })
})
