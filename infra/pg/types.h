#pragma once

/// OIDs of built-in types, as in PostgreSQL's pg_type.dat; libpq's headers do not carry them.
namespace flashpoll::pg {

inline constexpr unsigned kBool = 16;
inline constexpr unsigned kBytea = 17;
inline constexpr unsigned kInt8 = 20;
inline constexpr unsigned kInt2 = 21;
inline constexpr unsigned kInt4 = 23;
inline constexpr unsigned kText = 25;
inline constexpr unsigned kByteaArray = 1001;
inline constexpr unsigned kInt4Array = 1007;
inline constexpr unsigned kTextArray = 1009;
inline constexpr unsigned kInt8Array = 1016;

}  // namespace flashpoll::pg
