import { tripleGrpo } from '../src/appliance-arms.ts'

export default tripleGrpo()
