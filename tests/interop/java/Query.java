import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Runs one query through JDBC and prints one JSON line: {"value": ...}, or {"error": class, SQLState, code, message}. */
public final class Query {
    private Query() {}

    /** @param args the JDBC URL, the user, the password, the query; the first column of the first row is the value */
    public static void main(String[] args) {
        try (Connection connection = DriverManager.getConnection(args[0], args[1], args[2]);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(args[3])) {
            rows.next();
            System.out.println("{\"value\": " + quoted(rows.getString(1)) + "}");
        } catch (SQLException e) {
            String text = e.getClass().getSimpleName() + " " + e.getSQLState() + "/" + e.getErrorCode();
            System.out.println("{\"error\": " + quoted(text + " " + e.getMessage()) + "}");
        }
    }

    private static String quoted(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
