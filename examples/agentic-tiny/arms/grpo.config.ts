import { craftingGrpo } from '../src/arms.ts'

export default craftingGrpo()
