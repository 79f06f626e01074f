// A worker thread that loads the addon, makes its pool of threads work, and ends.
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

const addon = createRequire(import.meta.url)(workerData)
addon.configure('', 2)
const out = new ArrayBuffer(64)
addon.block[0] = addon.addressOf(out)
addon.block[1] = 100_000
addon.ops.peakFma()
parentPort.postMessage('done')
