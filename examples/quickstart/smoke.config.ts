import { defineRun } from 'icrl'
import { chainIcrl } from './src/arms.ts'

/** The quickstart's ICRL arm, ten steps of it: done in seconds. */
export default defineRun({ ...chainIcrl(), model: 'model', stop: { steps: 10 }, checkpoints: { every: 1 } })
