import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Workers that share a HikariCP pool and ask again and again; one JSON line each time, as `tests/interop/worker.py`. */
public final class Pool {
    private static final long PAUSE_MS = 100;

    private Pool() {}

    /** @param args the JDBC URL, the user, the password, the query, how many workers; standard input's end ends it */
    public static void main(String[] args) throws IOException {
        int workers = Integer.parseInt(args[4]);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(args[0]);
        config.setUsername(args[1]);
        config.setPassword(args[2]);
        config.setMaximumPoolSize(workers);
        HikariDataSource pool = new HikariDataSource(config);
        for (int number = 0; number < workers; number++) {
            int worker = number;
            Thread thread = new Thread(() -> ask(pool, worker, args[3]));
            thread.setDaemon(true);
            thread.start();
        }
        while (System.in.read() != -1) {}
        Runtime.getRuntime().halt(0);
    }

    private static void ask(HikariDataSource pool, int worker, String query) {
        while (true) {
            String error = null;
            long start = System.nanoTime();
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(query)) {
                rows.next();
                rows.getString(1);
            } catch (SQLException e) {
                error = e.getClass().getSimpleName() + " " + e.getSQLState() + " " + e.getMessage();
            }
            double tookS = (System.nanoTime() - start) / 1e9;
            double atS = System.currentTimeMillis() / 1e3;
            String told = error == null ? "null" : '"' + error.replaceAll("[^ !#-\\[\\]-~]", " ") + '"';
            System.out.println(
                    "{\"worker\": " + worker + ", \"at_s\": " + atS + ", \"took_s\": " + tookS + ", \"error\": " + told + "}");
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
