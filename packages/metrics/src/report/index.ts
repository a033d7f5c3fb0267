export type { Recommendation, RecommendationKind } from './recommend.ts'
export {
  type CacheReport,
  type FamilyReport,
  type ReportOptions,
  type Reporter,
  report,
} from './report.ts'
