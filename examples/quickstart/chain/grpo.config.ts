import { chainGrpo } from '../src/arms.ts'

export default chainGrpo()
