// Whether a device's tensor cores follow the model on which bf16 products rest (cut to some
// fractional bits, then to float32), over random steps with hard exponents: the addon's file, and
// the code of its kernels (or the model's schedule).
import { createRequire } from 'node:module'
import type { GpuAddon } from '../../packages/tfjs-native/src/addon.ts'

const [file, code] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(file) as GpuAddon
const { architecture } = addon.open(0, code)
const steps = architecture === 'shim' ? 200 : 100_000
const { outputs, different } = addon.checkTensorCores(steps, 1)
if (different > 0) process.exitCode = 1
console.log(`${outputs - different} of ${outputs} outputs have the model’s bits on ${architecture}`)
