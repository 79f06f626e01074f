import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { compileAddon } from './compile-addon.ts'

const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))

it('passes on why nothing was built', () => {
  expect(compileAddon(script, 'native', { PATH: '/nowhere' })).toMatch(/^icrl: no C\+\+ compiler/)
})

it('says how a script that says nothing ended', () => {
  expect(compileAddon('/nowhere/build.mjs', 'native', { NODE_OPTIONS: '--no-warnings' })).toBe(
    '/nowhere/build.mjs ended with 1',
  )
})
