export { type Example, runExample } from './run-example.ts'
export type { Answer, Tour, Visitor } from './tour.ts'
