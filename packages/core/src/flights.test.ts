import { expect, test } from 'vitest'
import { Flight, Flights } from './flights.ts'

function start(flights: Flights<Flight<string>>, key: string, at = 0): Flight<string> {
  const flight = new Flight<string>(key, at)
  flights.start(flight)
  return flight
}

test('a flight that is clean, open and young is joined', () => {
  const flights = new Flights<Flight<string>>()
  const flight = start(flights, 'k', 1_000)
  expect(flights.joinable('k', 1_500, 500)).toBe(flight)
  expect(flights.joinable('other', 1_500, 500)).toBeUndefined()
})

test('a flight that is older than the bound is not joined: what it brings may be too old', () => {
  const flights = new Flights<Flight<string>>()
  start(flights, 'k', 1_000)
  expect(flights.joinable('k', 1_501, 500)).toBeUndefined()
})

test('a flight that an invalidation overtook is not joined, and remembers the newest number', () => {
  const flights = new Flights<Flight<string>>()
  const flight = start(flights, 'k')
  flights.overtake('k', 7)
  flights.overtake('k', 5)
  flights.overtake('other', 9)
  expect(flight.dirty).toBe(7)
  expect(flights.joinable('k', 0, 500)).toBeUndefined()
})

test('all flights are overtaken when nobody knows what was invalidated', () => {
  const flights = new Flights<Flight<string>>()
  const a = start(flights, 'a')
  const b = start(flights, 'b')
  flights.overtake('b', 9)
  flights.overtakeAll(8)
  expect([a.dirty, b.dirty]).toEqual([8, 9])
})

test('after a tag invalidation nobody joins, but what is under way may finish clean', () => {
  const flights = new Flights<Flight<string>>()
  const flight = start(flights, 'k')
  flights.closeAll(['t'], false)
  expect(flights.joinable('k', 0, 500)).toBeUndefined()
  expect(flights.holds(flight)).toBe(true)
  expect(flight.dirty).toBe(0)
})

test('a flight that ends removes itself alone: its successor stays', () => {
  const flights = new Flights<Flight<string>>()
  const first = start(flights, 'k')
  const second = start(flights, 'k')
  expect(flights.holds(first)).toBe(false)
  flights.end(first)
  expect(flights.holds(second)).toBe(true)
  flights.end(second)
  expect(flights.size).toBe(0)
})

test('a flight that is forgotten may not install any more', () => {
  const flights = new Flights<Flight<string>>()
  const flight = start(flights, 'k')
  flights.forget('k')
  expect(flights.holds(flight)).toBe(false)
  expect(flights.joinable('k', 0, 500)).toBeUndefined()
})
