// Runs the SQL given on the command line in a database that lives in memory, and prints each row.
package main

import (
	"database/sql"
	"fmt"
	"os"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(statements []string) error {
	database, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return err
	}
	defer database.Close()
	database.SetMaxOpenConns(1) // every connection to :memory: is a database of its own
	for _, statement := range statements {
		if err := query(database, statement); err != nil {
			return err
		}
	}
	return nil
}

func query(database *sql.DB, statement string) error {
	rows, err := database.Query(statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		texts := make([]sql.NullString, len(columns))
		pointers := make([]any, len(columns))
		for index := range texts {
			pointers[index] = &texts[index]
		}
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		line := make([]string, len(columns))
		for index, text := range texts {
			line[index] = text.String
		}
		fmt.Println(strings.Join(line, "|"))
	}
	return rows.Err()
}
