import { describe, expect, it } from 'vitest'
import { checkDeviceCode } from '../scripts/build-cuda.mjs'
import { lookAtPtx, lookAtRegisters } from '../scripts/device-code.mjs'
import { findNvcc } from '../scripts/nvcc.mjs'

const kernel = (name: string, ...lines: string[]): string =>
  `.visible .entry ${name}(\n\t.param .align 8 .b8 ${name}_param_0[24]\n)\n{\n${lines.map((line) => `\t${line}\n`).join('')}}\n`

/** Every kernel that must have no fused multiply-add, without one. */
const plain = (): string => {
  const [missing] = lookAtPtx('').map((line) => line.replace('the PTX has no kernel ', ''))
  return missing
    .split(', ')
    .map((name) => kernel(name, 'add.rn.f32 %f3, %f1, %f2;'))
    .join('')
}

describe('lookAtPtx', () => {
  it('finds nothing wrong with instructions that round to nearest', () => {
    expect(
      lookAtPtx(
        plain() +
          kernel(
            'adamw',
            'fma.rn.f32 %f4, %f1, %f2, %f3;',
            'cvt.rn.bf16x2.f32 %r1, %f2, %f1;',
            'mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1}, {%r1}, {%r2}, {%f1};',
          ),
      ),
    ).toEqual([])
  })

  it.each([
    ['mul.rn.ftz.f32 %f3, %f1, %f2;', 'flushes subnormal numbers'],
    ['ex2.approx.f32 %f2, %f1;', 'approximates'],
    ['div.full.f32 %f3, %f1, %f2;', 'approximates'],
    ['add.rz.f32 %f3, %f1, %f2;', 'does not round to nearest'],
    ['cvt.rz.bf16x2.f32 %r1, %f2, %f1;', 'does not round to nearest'],
    [
      'mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1}, {%r1}, {%r2}, {%f1};',
      'takes a step of the tensor cores that is not modelled',
    ],
    [
      'wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {%f1}, %rd1, %rd2, 1, 1, 1, 0, 0;',
      'takes a step of the tensor cores that is not modelled',
    ],
  ])('names the kernel with %s', (line, what) => {
    expect(lookAtPtx(plain() + kernel('adamw', line))).toContain(`adamw ${what}: ${line}`)
  })

  it('finds a contraction where the formula has none', () => {
    const contracted = plain().replace(
      kernel('rotate_back', 'add.rn.f32 %f3, %f1, %f2;'),
      kernel('rotate_back', 'fma.rn.f32 %f4, %f1, %f2, %f3;'),
    )
    expect(lookAtPtx(contracted)).toEqual([
      'rotate_back has a fused multiply-add that its formula has not',
    ])
  })
})

describe('lookAtRegisters', () => {
  const report = (spills: number, registers: number): string =>
    `ptxas info    : Compiling entry function 'adamw' for 'sm_90'
    0 bytes stack frame, ${spills} bytes spill stores, 0 bytes spill loads
ptxas info    : Used ${registers} registers, used 1 barriers`

  it('allows few spills and says what the kernels take', () => {
    expect(lookAtRegisters(report(32, 216))).toEqual({
      wrong: [],
      summary: '1 kernels: at most 216 registers (adamw); 1 spill up to 64 bytes',
    })
  })

  it('refuses many spills, too many registers, and a report of nothing', () => {
    expect(lookAtRegisters(report(128, 300)).wrong).toEqual([
      'adamw spills 128 bytes; 64 are the most',
      'adamw takes 300 registers; 255 are the most',
    ])
    expect(lookAtRegisters('').wrong).toEqual(['ptxas reported no kernel'])
  })
})

// Installs the compiler from PyPI where there is none.
describe.skipIf(!process.env.ICRL_FULL)('the device code', () => {
  it('is what it must be, compiled for an H100', { timeout: 600_000 }, async () => {
    expect(await checkDeviceCode(findNvcc())).toMatch(/^\d+ kernels: at most \d+ registers/)
  })
})
