public class App {
    public static void main(String[] args) {
        System.loadLibrary("foo");
    }
}
