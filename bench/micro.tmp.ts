import * as tf from '@tensorflow/tfjs-core'
import { registerNativeCpu, currentNativeBackend } from '@icrl/tfjs-native'
import { rmsNorm, swiglu, rotary, packedAttention, packedLayout, packedAttentionGradient, rmsNormGradient, rotaryGradient, swigluGradient, tokenLogProbability, tokenLogProbabilityGradient, sampleToken, decodeAttention } from '@icrl/tfjs-ops'
const threads = Number(process.argv[2] ?? 1)
console.log(registerNativeCpu({ threads }))
await tf.setBackend('native-cpu')
const N = Number(process.argv[3] ?? 1216), D = 64, F = 168, V = 96
const R = (...s: number[]) => tf.randomNormal(s) as any
const x = R(N, D), f = R(N, F), w = R(D, D), wf = R(F, D), wd = R(D, F), gD = R(D), g16 = R(16), pos = tf.tensor1d(Int32Array.from({length:N},(_,i)=>i%20),'int32')
const ro = {headDim:16, epsilon:1e-6, inverseFrequencies: Float32Array.from({length:8},(_,i)=>1000**(-i/8))}
const S = 16, G=8, P=12, L=8
const starts=[0], prefix:number[]=[]
for (let s=0;s<S;s++){ const root=prefix.length; prefix.push(-1); starts.push(starts.at(-1)!+P); for(let g=0;g<G;g++){prefix.push(root); starts.push(starts.at(-1)!+L)} }
const layout = { starts: Int32Array.from(starts), prefix: Int32Array.from(prefix) }
const n = starts.at(-1)!
const qa = R(n,D), ka=R(n,D), va=R(n,D)
const at = {heads:4,keyValueHeads:4,headDim:16,scale:0.25,...layout}
const fwd = packedAttention(qa,ka,va,at)
const layout40 = packedLayout(new Array(30).fill(40)); const q4=R(1200,D), k4=R(1200,D), v4=R(1200,D); const at4={heads:4,keyValueHeads:4,headDim:16,scale:0.25,...layout40}; const fwd4=packedAttention(q4,k4,v4,at4)
const emb = R(V,D), targets = tf.tensor1d(Int32Array.from({length:N},(_,i)=>i%V),'int32'), topt={temperatures:new Float32Array(N).fill(1), entropy:false}
const head = tokenLogProbability(x, emb, targets, topt), dl = R(N)
const B=128, xb=R(B,D), kc=tf.variable(R(B,40,D)), vc=tf.variable(R(B,40,D)), qb=R(B,D)
const so={temperatures:new Float32Array(B).fill(1),uniforms:new Float64Array(B).fill(0.4),topK:new Int32Array(B),topP:new Float32Array(B).fill(1)}
const flat=(o:any)=>Array.isArray(o)?o:o.dataId?[o]:Object.values(o).filter((v:any)=>v?.dataId)
const cases: [string, number, () => any][] = [
  ['x·Wᵀ 64→64', 2*N*D*D, () => tf.matMul(x, w, false, true)],
  ['x·Wᵀ 64→168', 2*N*D*F, () => tf.matMul(x, wf, false, true)],
  ['f·Wᵀ 168→64', 2*N*D*F, () => tf.matMul(f, wd, false, true)],
  ['dy·W 64→64', 2*N*D*D, () => tf.matMul(x, w)],
  ['dy·W 168→64', 2*N*D*F, () => tf.matMul(f, wf)],
  ['dy·W 64→168', 2*N*D*F, () => tf.matMul(x, wd)],
  ['dWᵀ 64x64', 2*N*D*D, () => tf.matMul(x, x, true, false)],
  ['dWᵀ 168x64', 2*N*D*F, () => tf.matMul(f, x, true, false)],
  ['dWᵀ 64x168', 2*N*D*F, () => tf.matMul(x, f, true, false)],
  ['decode 128 64→64', 2*B*D*D, () => tf.matMul(xb, w, false, true)],
  ['decode 128 64→168', 2*B*D*F, () => tf.matMul(xb, wf, false, true)],
  ['rmsNorm', N*D*4, () => rmsNorm(x, gD, {epsilon:1e-6})],
  ['rmsNormGrad', N*D*8, () => rmsNormGradient(x, x, gD, {epsilon:1e-6})],
  ['rotary', N*D*8, () => rotary(x, pos, g16, ro)],
  ['rotaryGrad', N*D*8, () => rotaryGradient(x, x, pos, g16, ro)],
  ['swiglu', N*F*20, () => swiglu(f, f)],
  ['swigluGrad', N*F*25, () => swigluGradient(f, f, f)],
  ['add', N*D, () => tf.add(x, x)],
  [`attention ${n} shared`, n*16*D*2, () => packedAttention(qa,ka,va,at)],
  [`attentionGrad ${n} shared`, n*16*D*5, () => packedAttentionGradient(qa,{q:qa,k:ka,v:va,...fwd},at)],
  [`attention 30x40`, 1200*40*D*2, () => packedAttention(q4,k4,v4,at4)],
  [`attentionGrad 30x40`, 1200*40*D*5, () => packedAttentionGradient(q4,{q:q4,k:k4,v:v4,...fwd4},at4)],
  ['logprob', 2*N*D*V, () => tokenLogProbability(x, emb, targets, topt)],
  ['logprobGrad', 6*N*D*V, () => tokenLogProbabilityGradient(dl, undefined, {hidden:x, weight:emb, targets, ...head}, topt)],
  ['decodeAttention 128x20', B*20*D*4, () => decodeAttention(qb, qb, qb, kc, vc, {heads:4,keyValueHeads:4,headDim:16,scale:0.25,slots:Int32Array.from({length:B},(_,i)=>i),lengths:new Int32Array(B).fill(20)})],
  ['sampleToken 128', 2*B*D*V, () => sampleToken(xb, emb, so)],
]
for (const [name, flops, run] of cases) {
  let best = Infinity
  const until = performance.now() + 250
  let i = 0
  while (performance.now() < until || i < 20) { const t = performance.now(); const o = run(); const e = performance.now()-t; if (e < best) best = e; flat(o).forEach((t:any)=>t.dispose()); i++ }
  console.log(name.padEnd(26), (best*1000).toFixed(1).padStart(8), 'µs', (flops/best/1e6).toFixed(1).padStart(7), 'GFLOP/s')
}
