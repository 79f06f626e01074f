import { setBackend } from '@tensorflow/tfjs-core'
import { registerNativeCpu } from '@icrl/tfjs-native'
import { createPolicy, MODELS } from './src/models.ts'
import { sampleBatch, trainItems, trainStep } from './src/workload.ts'
const [name = 'a', batch = '128', prompt = '16', fresh = '48', what = 'sample', n='10'] = process.argv.slice(2)
registerNativeCpu({ threads: +(process.env.T ?? 1) }); await setBackend('native-cpu')
const policy = createPolicy(MODELS[name as 'a'], { packTokens: +(process.env.P ?? 8192) })
const w = { batch: +batch, prompt: +prompt, fresh: +fresh, group: 1 }
const items = trainItems(policy, w)
const run = () => what === 'sample' ? sampleBatch(policy, w) : trainStep(policy, items)
await run(); await run()
const ts: number[] = [], ws: number[] = []
for (let i = 0; i < +n; i++) { const p = performance.now(); const t = process.cpuUsage(); await run(); const u = process.cpuUsage(t); ts.push((u.user+u.system)/1000); ws.push(performance.now()-p) }
ts.sort((a, b) => a - b); ws.sort((a, b) => a - b)
console.log(name, what, 'cpu ms: median', ts[ts.length >> 1].toFixed(1), 'best', ts[0].toFixed(1), 'wall best', ws[0].toFixed(1))
