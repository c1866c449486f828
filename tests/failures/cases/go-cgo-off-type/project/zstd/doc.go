// Package zstd tells the level.
package zstd
