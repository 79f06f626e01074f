export { readWeightsPath, type WeightsPath } from './tinker/protocol/weights-path.ts'
