export { type DevPostgres, startPostgres } from './start-postgres.ts'
