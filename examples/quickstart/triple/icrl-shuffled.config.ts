import { tripleShuffled } from '../src/appliance-arms.ts'

export default tripleShuffled()
