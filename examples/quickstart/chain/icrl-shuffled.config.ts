import { chainShuffled } from '../src/arms.ts'

export default chainShuffled()
