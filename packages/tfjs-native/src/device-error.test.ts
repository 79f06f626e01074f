import { beforeAll, describe, expect, it } from 'vitest'
import { buildAddon } from '../scripts/build.mjs'
import {
  type Seen,
  seeThroughStandIn,
  type Wrong,
} from '../test/stand-in-driver/stand-in-driver.ts'
import { CudaError, deviceErrorFrom, openingRemedy } from './device-error.ts'

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })
const MEBIBYTE = 2 ** 20

describe('deviceErrorFrom', () => {
  it('says who holds the memory, other processes too', () => {
    const error = deviceErrorFrom(coded('ERR_OUT_OF_MEMORY', '4096 bytes'), 'a tensor', {
      numBytesLive: 3 * MEBIBYTE,
      numBytesFree: MEBIBYTE,
      numBytesScratch: 2 * MEBIBYTE,
      free: 4 * MEBIBYTE,
      total: 100 * MEBIBYTE,
    })
    expect(error).toBeInstanceOf(CudaError)
    expect((error as CudaError).message).toContain(
      'out of memory for a tensor (4096 bytes). Tensors hold 3 MiB, kernels 2 MiB, other processes and the driver 90 MiB; 4 MiB are free.',
    )
  })

  it('says how a run goes on where the device is lost', () => {
    const lost = coded('ERR_DEVICE', 'X: this process cannot use the device again')
    expect((deviceErrorFrom(lost, 'Add') as CudaError).remedy).toContain('with --resume')
    const other = deviceErrorFrom(coded('ERR_DEVICE', 'X'), 'Add') as CudaError
    expect(other.remedy).toMatch(/^Start the process again; if it fails again, try backend/)
  })

  it('leaves errors that are not of the device alone', () => {
    const error = new RangeError('shape')
    expect(deviceErrorFrom(error, 'Add')).toBe(error)
  })
})

it.each([
  ['code.fatbin holds no code for sm_75 that this driver can load', 'GPUs from sm_80'],
  ['loading code.fatbin: CUDA_ERROR_UNSUPPORTED_PTX_VERSION', 'Update the driver'],
  ['context: CUDA_ERROR_OUT_OF_MEMORY', 'ICRL_CUDA_DEVICE'],
  ['context: CUDA_ERROR_DEVICE_UNAVAILABLE', 'ICRL_CUDA_DEVICE'],
  ['anything else', 'Look at `nvidia-smi`'],
])('a device that does not open, as %s, has its remedy', (message, remedy) =>
  expect(openingRemedy(message)).toContain(remedy),
)

// The addon of the driver is compiled for it, half a minute.
describe.skipIf(!process.env.ICRL_FULL || process.platform !== 'linux')(
  'a driver at fault, of which a stand-in is compiled (with ICRL_FULL, on Linux)',
  { timeout: 600_000 },
  () => {
    let addon: string
    beforeAll(async () => {
      const { file, message } = await buildAddon({ addon: 'cuda', quiet: true })
      if (file === undefined) throw new Error(message)
      addon = file
    }, 600_000)
    const see = (wrong: Wrong): Seen => seeThroughStandIn(addon, wrong)

    it('finds nothing wrong where nothing is', () =>
      expect(see('nothing')).toEqual({ devices: { devices: 1, why: '' } }))

    it('too old: has no devices, and why', () => {
      const { devices, opening } = see('too old')
      expect(devices).toEqual({
        devices: 0,
        why: 'libcuda.so.1 has no cuTensorMapEncodeTiled: the driver is too old',
      })
      expect(opening).toMatchObject({ name: 'NativeUnavailableError' })
    })

    it('no device: says that the driver sees none', () =>
      expect(see('no device').devices).toEqual({
        devices: 0,
        why: expect.stringMatching(/NO_DEVICE|sees no device/) as string,
      }))

    it.each<[Wrong, RegExp]>([
      ['wrong architecture', /holds no code for sm_75 that this driver can load\)\. Its kernels/],
      ['old for the code', /UNSUPPORTED_PTX_VERSION\)\. Update the driver/],
      ['full at the start', /context: CUDA_ERROR_OUT_OF_MEMORY\)\. Another process holds the card/],
      ['taken', /CUDA_ERROR_DEVICE_UNAVAILABLE\)\. Another process holds the card/],
    ])('%s: does not open, and says what to do', (wrong, message) => {
      const { opening } = see(wrong)
      expect(opening?.name).toBe('NativeUnavailableError')
      expect(opening?.message).toMatch(message)
      expect(opening?.remedy).toMatch(/^(Its kernels|Update the driver|Another process holds)/)
    })

    it('full: a tensor too large says who holds the card, and smaller ones go on', () => {
      const { opening, large, ...after } = see('full')
      expect(opening).toBeUndefined()
      expect(large?.name).toBe('CudaError')
      expect(large?.message).toMatch(
        /out of memory for a float32 tensor of shape \[67108864\] .*other processes and the driver 80\d\d MiB; \d+ MiB are free\. Take fewer/,
      )
      expect(after.kernel ?? after.read ?? after.laterRead ?? after.next).toBeUndefined()
    })

    it('sticky: every call after a kernel that failed says that the process has lost the GPU', () => {
      const { read, laterRead, next } = see('sticky')
      for (const told of [read, laterRead, next]) {
        expect(told?.name).toBe('CudaError')
        expect(told?.message).toContain(
          'CUDA_ERROR_ILLEGAL_ADDRESS; this process cannot use the device again',
        )
        expect(told?.remedy).toContain('--resume')
      }
    })
  },
)
