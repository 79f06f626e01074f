import { describe, expect, it } from 'vitest'
import { described } from '../scripts/describe-ops.mjs'
import { hasAddon } from '../test/native.ts'
import { type Addon, NativeCaller } from './addon.ts'
import { loadAddon } from './load-addon.ts'
import { OPS, RECORDS } from './op-arguments.ts'

describe('the description of kernels', () => {
  it('is that of native/ops.h', () => {
    expect({ OPS, RECORDS }, 'run node scripts/describe-ops.mjs').toEqual({
      OPS: described('ICRL_OPS'),
      RECORDS: described('ICRL_RECORDS'),
    })
  })
})

describe.skipIf(!hasAddon)('NativeCaller', () => {
  const caller = new NativeCaller(loadAddon('native'))
  const given = { to: 0, bits: 0, elements: 0, bytes: 4 }

  it('refuses an argument too few and one too many, by name', () => {
    const { bits: _, ...few } = given
    expect(() => caller.run('fill', few as typeof given)).toThrow(
      'native kernel fill: argument bits is missing',
    )
    expect(() => caller.run('fill', { ...given, more: 1 } as typeof given)).toThrow(
      'native kernel fill: it takes to, bits, elements, bytes, and was given to, bits, elements, bytes, more',
    )
    expect(() => caller.records('layer', [{} as never])).toThrow('argument weight is missing')
  })

  it('refuses a kernel the addon does not have', () => {
    const addon = { ...loadAddon('native'), ops: {} } as Addon
    expect(() => new NativeCaller(addon).run('fill', given)).toThrow(
      'native kernel fill: this addon has none',
    )
  })

  it('refuses an addon that takes other arguments', () => {
    const addon = loadAddon('native')
    const other = { ...addon, descriptions: { ...addon.descriptions, fill: 'to, elements' } }
    expect(() => new NativeCaller(other)).toThrow(
      'The native addon takes (to, elements) for fill, and this version of @icrl/tfjs-native passes (to, bits, elements, bytes).',
    )
  })
})
